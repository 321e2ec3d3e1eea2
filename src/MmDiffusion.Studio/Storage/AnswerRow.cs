namespace MmDiffusion.Studio.Storage;

/// <summary>The answer to a task; its key is the task's, so that there cannot be two.</summary>
internal sealed class AnswerRow
{
    public required string TaskId { get; init; }

    /// <summary>In the order of the questions. Of a pair: 1 for clip A, whichever was shown first.</summary>
    public required int Value1 { get; init; }

    public int? Value2 { get; init; }

    public int? Value3 { get; init; }

    /// <summary>Names of reasons, separated by spaces.</summary>
    public required string Reasons { get; init; }

    public required string Comment { get; init; }

    /// <summary>From the end of the clip to the answer, as the browser measured it.</summary>
    public required double Seconds { get; init; }

    /// <summary>How often the clip was played to its end, as the browser counted.</summary>
    public required int Plays { get; init; }

    internal IReadOnlyList<int> Values => [.. new[] { Value1, Value2, Value3 }.OfType<int>()];
}
