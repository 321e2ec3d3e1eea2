using System.Text.Json.Serialization;

namespace MmDiffusion.Media;

/// <summary>What a media file holds, as found by <see cref="MediaFile.Probe"/>.</summary>
public sealed record MediaInformation
{
    /// <summary>The file, as it was named by the caller.</summary>
    public required string Path { get; init; }

    /// <summary>ffmpeg's names of the container, such as "mov,mp4,m4a,3gp,3g2,mj2".</summary>
    public required string Container { get; init; }

    /// <summary>Length of the longest part in seconds; 0 where the file does not tell.</summary>
    public double Duration { get; init; }

    /// <summary>Whether there is a moving picture; an attached cover picture is none.</summary>
    public bool HasVideo { get; init; }

    /// <summary>Whether there is sound.</summary>
    public bool HasSound { get; init; }

    /// <summary>Columns of the picture as shown: upright and with square pixels. 0 without a picture.</summary>
    public int Width { get; init; }

    /// <summary>Rows of the picture as shown: upright. 0 without a picture.</summary>
    public int Height { get; init; }

    /// <summary>Frames per second, on average where the rate varies; 0 without a picture.</summary>
    public double FrameRate { get; init; }

    /// <summary>A hint that frames are not evenly spaced: the average rate differs from the stream's base rate.</summary>
    public bool IsVariableRate { get; init; }

    /// <summary>Samples per second; 0 without sound.</summary>
    public int SampleRate { get; init; }

    /// <summary>Channels of the sound; 0 without sound.</summary>
    public int Channels { get; init; }

    /// <summary>When the picture begins, in seconds after the file's own start.</summary>
    public double VideoStart { get; init; }

    /// <summary>When the sound begins, in seconds after the file's own start.</summary>
    public double SoundStart { get; init; }

    /// <summary>When the picture ends, in seconds after the file's own start; 0 where the file does not tell.</summary>
    public double VideoEnd { get; init; }

    /// <summary>When the sound ends, in seconds after the file's own start; 0 where the file does not tell.</summary>
    public double SoundEnd { get; init; }

    /// <summary>What the file's own clock shows at its start, seconds.</summary>
    [JsonInclude]
    internal double Start { get; init; }

    [JsonInclude]
    internal int VideoStream { get; init; }

    [JsonInclude]
    internal int SoundStream { get; init; }

    /// <summary>Fails unless there is a moving picture.</summary>
    /// <exception cref="MmDiffusionException">There is none.</exception>
    public void RequireVideo()
    {
        if (!HasVideo)
            throw new MmDiffusionException($"'{Path}' has no moving picture{(HasSound ? ", only sound" : "")}; choose a file with a video track");
    }

    /// <summary>Fails unless there is sound.</summary>
    /// <exception cref="MmDiffusionException">There is none.</exception>
    public void RequireSound()
    {
        if (!HasSound)
            throw new MmDiffusionException($"'{Path}' has no sound{(HasVideo ? ", only a picture" : "")}; choose a file with a sound track");
    }
}
