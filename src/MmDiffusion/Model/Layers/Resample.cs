namespace MmDiffusion.Model;

/// <summary>Change of resolution inside a residual block.</summary>
internal enum Resample
{
    /// <summary>None.</summary>
    None,

    /// <summary>To the next deeper level.</summary>
    Down,

    /// <summary>To the next higher level.</summary>
    Up,
}
