namespace MmDiffusion.Media;

/// <summary>The looks of a <see cref="ContactSheet"/>.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>Frames shown of each clip, evenly chosen over time; 0 for all.</summary>
    public int Columns { get; init; } = 8;

    /// <summary>Height of a frame on the sheet in pixels, 8 to 2048; its width follows the clip.</summary>
    public int FrameHeight { get; init; } = 128;

    /// <summary>Height of the waveform under each row in pixels, 0 for none.</summary>
    public int WaveformHeight { get; init; } = 56;

    /// <summary>Pixels around the sheet and between rows.</summary>
    public int Margin { get; init; } = 20;

    /// <summary>White paper instead of a dark background.</summary>
    public bool Light { get; init; }

    /// <summary>A small caption above each row, in order; null or too few leave rows without. Not drawn where no font is installed.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
}
