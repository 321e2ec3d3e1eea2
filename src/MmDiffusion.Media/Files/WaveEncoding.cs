namespace MmDiffusion.Media;

/// <summary>How samples are stored in a wav file.</summary>
public enum WaveEncoding
{
    /// <summary>Signed integers of 16 bits: what every player knows. Rounds to 1/32768.</summary>
    Pcm16,

    /// <summary>32-bit floating point: exact.</summary>
    Float32,
}
