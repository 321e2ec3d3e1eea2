using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Small sums over answers.</summary>
internal static class Summary
{
    /// <summary>The middle value; 0 of none.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Answers to the same item by the same rater, the second of which is a duplicate.</summary>
    internal static IEnumerable<(AnswerRecord First, AnswerRecord Second)> Repeats(IEnumerable<AnswerRecord> answers) => answers
        .Where(answer => answer.Role != Role.Attention).GroupBy(answer => (answer.Rater, answer.Item))
        .Select(group =>
            (First: group.FirstOrDefault(answer => answer.Role == Role.Scored), Second: group.FirstOrDefault(answer =>
                answer.Role == Role.Duplicate)))
        .Where(pair => pair is { First: not null, Second: not null })
        .Select(pair => (pair.First!, pair.Second!));
}
