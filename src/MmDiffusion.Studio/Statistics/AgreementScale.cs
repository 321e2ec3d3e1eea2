namespace MmDiffusion.Studio.Statistics;

/// <summary>How far apart two values are for <see cref="KrippendorffAlpha"/>.</summary>
internal enum AgreementScale
{
    /// <summary>Equal or not.</summary>
    Nominal,

    /// <summary>By how many values lie between, as often as they were given.</summary>
    Ordinal,

    /// <summary>By their difference.</summary>
    Interval,
}
