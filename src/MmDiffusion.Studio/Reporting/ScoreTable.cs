using MmDiffusion.Studio.Statistics;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Ratings by question and system, as numbers whose mean is reported.</summary>
internal static class ScoreTable
{
    internal const string Passes = "passes";
    internal const string Preferred = "preferred";

    /// <summary>Names of what is reported.</summary>
    internal static IReadOnlyList<string> Questions(StudyKind kind) => kind switch
    {
        StudyKind.Mos => [.. Questionnaire.Of(kind).Select(question => question.Name)],
        StudyKind.Turing => [Passes],
        _ => [Preferred],
    };

    /// <summary>A system's ratings: scores; of a Turing test 1 for votes that pass; of pairs 1 where it was preferred.</summary>
    internal static List<Rating> Of(
        IEnumerable<AnswerRecord> scored,
        StudyKind kind,
        int question,
        string system,
        string? against = null) => kind switch
        {
            StudyKind.Mos =>
                [.. scored.Where(answer => answer.SystemA == system).Select(answer => Make(answer, system, answer.Values[question]))],
            StudyKind.Turing =>
                [.. scored.Where(answer => answer.SystemA == system).Select(answer =>
                Make(answer, system, answer.Values[0] >= Questionnaire.LowestPassingVote ? 1 : 0))],
            _ =>
            [
                .. scored.Where(answer =>
                (answer.SystemA == system && (against is null || answer.SystemB == against))
                    || (answer.SystemB == system && (against is null || answer.SystemA == against)))
                .Select(answer => Make(answer, system, (answer.Values[0] == 1) == (answer.SystemA == system) ? 1 : 0)),
        ],
        };

    /// <summary>How often each choice was given for a system.</summary>
    internal static IReadOnlyList<int> Histogram(IEnumerable<AnswerRecord> scored, StudyKind kind, int question, string system)
    {
        if (kind == StudyKind.Pairwise)
        {
            var ratings = Of(scored, kind, question, system);
            return [ratings.Count(rating => rating.Value == 0), ratings.Count(rating => rating.Value == 1)];
        }

        var values = scored.Where(answer => answer.SystemA == system).CountBy(answer => answer.Values[question]).ToDictionary();
        return [.. Questionnaire.Of(kind)[question].Choices.Select(choice => values.GetValueOrDefault(choice.Value))];
    }

    /// <summary>By the system's own clip: of more than two systems it is in several pairs, whose ratings belong together.</summary>
    private static Rating Make(AnswerRecord answer, string system, double value) =>
        new($"{answer.Rater}", answer.SystemA == system ? answer.ClipA : answer.ClipB, value);
}
