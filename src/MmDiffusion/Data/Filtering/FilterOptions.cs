namespace MmDiffusion.Data;

/// <summary>Settings of <see cref="MediaFilter"/>.</summary>
public sealed record FilterOptions
{
    /// <summary>How many videos to keep, at least 1. 20,000 by default, as many as the paper took of AudioSet.</summary>
    public int Keep { get; init; } = 20_000;

    /// <summary>Seconds that a video must have. 1.6 by default: 16 frames at 10 per second.</summary>
    public double LeastSeconds { get; init; } = 1.6;

    /// <summary>AudioSet's table: videos that are not in it are left out. Null, the default, for none.</summary>
    public AudioSetSegments? Segments { get; init; }
}
