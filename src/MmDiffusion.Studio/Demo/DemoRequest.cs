using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Demo;

/// <summary>A study to look at.</summary>
public sealed record DemoRequest
{
    /// <summary>As many clips as make a short study.</summary>
    public const int DefaultClips = 6;

    /// <summary>What raters are asked.</summary>
    public StudyKind Kind { get; init; }

    /// <summary>Clips of each system, at least 1.</summary>
    public int Clips { get; init; } = DefaultClips;
}
