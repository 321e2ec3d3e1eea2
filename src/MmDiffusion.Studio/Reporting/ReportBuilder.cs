using MmDiffusion.Studio.Statistics;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Computes reports; the same answers give the same report to the last digit.</summary>
internal static class ReportBuilder
{
    private const int Replicates = 2000;

    internal static StudyReport Build(StudyRecords records)
    {
        var excluded = Exclusions.Find(records);
        var names = excluded.Select(rater => rater.Rater).ToHashSet();
        return new StudyReport
        {
            Study = records.Study.Name,
            Plan = records.Study.Plan,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(records.Study.CreatedAt),
            Joined = records.Raters.Count,
            SoundPassed = records.Raters.Count(rater => rater.SoundPassed),
            Headphones = records.Raters.Count(rater => rater.Headphones),
            Completed = records.Raters.Count(rater => rater.Completed),
            Excluded = excluded,
            Result = Over(records, [.. records.Answers.Where(answer => !names.Contains(answer.Rater))]),
            ResultOfAll = Over(records, records.Answers),
        };
    }

    private static StudyResult Over(StudyRecords records, IReadOnlyList<AnswerRecord> answers)
    {
        var kind = records.Study.Plan.Kind;
        var scored = answers.Where(answer => answer.Role == Role.Scored).ToList();
        var checks = answers.Where(answer => answer.Role == Role.Attention).ToList();
        return new StudyResult
        {
            Raters = scored.DistinctBy(answer => answer.Rater).Count(),
            Ratings = scored.Count,
            Scores = [.. Scores(scored, kind, records.Systems)],
            Comparisons = Corrected([.. Comparisons(scored, kind, records.Systems)]),
            Agreement = [.. Questionnaire.Of(kind).Select((question, index) => Agree(scored, kind, question, index))],
            Consistency = Consistent(answers),
            MedianSeconds = Summary.Median(scored.Select(answer => answer.Seconds)),
            ChecksShown = checks.Count,
            ChecksFailed = checks.Count(check => !check.PassesCheck),
        };
    }

    private static IEnumerable<SystemScore> Scores(List<AnswerRecord> scored, StudyKind kind, IReadOnlyList<string> systems) =>
        from question in ScoreTable.Questions(kind).Index()
        from system in systems
        let ratings = ScoreTable.Of(scored, kind, question.Index, system)
        where ratings.Count > 0
        let estimate = Bootstrap().Mean(ratings)
        select new SystemScore
        {
            System = system,
            Question = question.Item,
            Value = estimate.Value,
            Interval = kind == StudyKind.Mos ? estimate.Within(1, 5) : estimate.OfShare(),
            Ratings = ratings.Count,
            Raters = ratings.DistinctBy(rating => rating.Rater).Count(),
            Clips = ratings.DistinctBy(rating => rating.Clip).Count(),
            Histogram = ScoreTable.Histogram(scored, kind, question.Index, system),
        };

    private static IEnumerable<Comparison> Comparisons(List<AnswerRecord> scored, StudyKind kind, IReadOnlyList<string> systems) =>
        from question in ScoreTable.Questions(kind).Index()
        from first in systems.Index()
        from second in systems.Skip(first.Index + 1)
        let comparison = kind == StudyKind.Pairwise
            ? Preference(scored, first.Item, second)
            : Difference(scored, kind, question, first.Item, second)
        where comparison is not null
        select comparison;

    private static Comparison? Difference(
        List<AnswerRecord> scored,
        StudyKind kind,
        (int Index, string Item) question,
        string first,
        string second)
    {
        var (ratings, others) = (ScoreTable.Of(scored, kind, question.Index, first), ScoreTable.Of(scored, kind, question.Index, second));
        if (ratings.Count == 0 || others.Count == 0) return null;
        var estimate = Bootstrap().Difference(ratings, others);
        var largest = kind == StudyKind.Mos ? 4 : 1;
        return new Comparison
        {
            First = first,
            Second = second,
            Question = question.Item,
            Difference = estimate.Value,
            Interval = estimate.Within(-largest, largest),
            P = estimate.ProbabilityAgainst(0),
        };
    }

    private static Comparison? Preference(List<AnswerRecord> scored, string first, string second)
    {
        var ratings = ScoreTable.Of(scored, StudyKind.Pairwise, 0, first, second);
        if (ratings.Count == 0) return null;
        var estimate = Bootstrap().Mean(ratings);
        return new Comparison
        {
            First = first,
            Second = second,
            Question = ScoreTable.Preferred,
            Difference = estimate.Value,
            Interval = estimate.OfShare(),
            P = estimate.ProbabilityAgainst(0.5),
        };
    }

    private static IReadOnlyList<Comparison> Corrected(List<Comparison> comparisons)
    {
        var known = comparisons.Where(comparison => comparison.P is not null).ToList();
        var corrected = Holm.Correct([.. known.Select(comparison => comparison.P!.Value)]);
        return [.. comparisons.Select(comparison =>
            comparison with { CorrectedP = known.IndexOf(comparison) is >= 0 and var index ? corrected[index] : null })];
    }

    private static Agreement Agree(List<AnswerRecord> scored, StudyKind kind, Question question, int index)
    {
        var scale = kind == StudyKind.Pairwise ? AgreementScale.Nominal : AgreementScale.Ordinal;
        var units = scored.GroupBy(answer => answer.Item).Select(group => group.Select(answer => answer.Values[index]).ToArray());
        return new Agreement(question.Name, scale.ToString().ToLowerInvariant(), KrippendorffAlpha.Compute(units, scale));
    }

    private static Consistency Consistent(IReadOnlyList<AnswerRecord> answers)
    {
        var repeats = Summary.Repeats(answers).ToList();
        var differences = repeats
            .SelectMany(pair => pair.First.Values.Zip(pair.Second.Values, (first, second) => Math.Abs(first - second)))
            .ToList();
        return differences.Count == 0
            ? new Consistency(0, null, null)
            : new Consistency(
                repeats.Count,
                differences.Count(difference => difference == 0) / (double)differences.Count,
                differences.Average());
    }

    private static TwoWayBootstrap Bootstrap() => new(Replicates, new Random(0));
}
