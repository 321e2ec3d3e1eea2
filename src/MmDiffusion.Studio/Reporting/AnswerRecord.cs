using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>An answer with what it is about. Raters are numbers.</summary>
internal sealed record AnswerRecord
{
    internal required int Rater { get; init; }

    internal required int Position { get; init; }

    internal required Role Role { get; init; }

    internal required string Item { get; init; }

    internal required string ClipA { get; init; }

    internal required string SystemA { get; init; }

    internal required string SourceA { get; init; }

    internal string ClipB { get; init; } = "";

    internal string SystemB { get; init; } = "";

    internal string SourceB { get; init; } = "";

    /// <summary>Whether B was shown first.</summary>
    internal required bool Swapped { get; init; }

    internal int? Expected { get; init; }

    internal required IReadOnlyList<int> Values { get; init; }

    internal required string Reasons { get; init; }

    internal required string Comment { get; init; }

    internal required double Seconds { get; init; }

    internal required int Plays { get; init; }

    internal required DateTimeOffset AnsweredAt { get; init; }

    /// <summary>Of an attention check: whether every answer is what it told.</summary>
    internal bool PassesCheck => Values.All(value => value == Expected);
}
