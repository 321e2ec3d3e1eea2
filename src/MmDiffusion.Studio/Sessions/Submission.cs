namespace MmDiffusion.Studio.Sessions;

/// <summary>An answer as the browser sent it, of the right form but not yet believed.</summary>
internal sealed record Submission
{
    /// <summary>Longest remark, characters.</summary>
    internal const int LongestComment = 500;

    /// <summary>Choices in the order of the questions.</summary>
    internal required IReadOnlyList<int> Values { get; init; }

    internal required IReadOnlyList<string> Reasons { get; init; }

    internal required string Comment { get; init; }

    /// <summary>See <see cref="PlayTicket"/>; one for each clip of the task.</summary>
    internal required IReadOnlyList<string> Tickets { get; init; }

    internal required double Seconds { get; init; }

    internal required int Plays { get; init; }
}
