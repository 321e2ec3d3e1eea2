using System.Text.Json.Serialization;
using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Reading;

/// <summary>What a media file holds, as found by <see cref="MediaFile.Probe(string, CancellationToken)"/>.</summary>
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
    [JsonPropertyName("has_sound")]
    public bool HasAudio { get; init; }

    /// <summary>Columns of the picture as shown: upright and with square pixels. 0 without a picture.</summary>
    public int Width { get; init; }

    /// <summary>Rows of the picture as shown: upright. 0 without a picture.</summary>
    public int Height { get; init; }

    /// <summary>Frames per second, on average where the rate varies; 0 without a picture.</summary>
    public double FrameRate { get; init; }

    /// <summary>Whether frames are not evenly spaced, as in recordings of screens and by telephones.</summary>
    public bool IsVariableRate { get; init; }

    /// <summary>
    /// Frames per second of an even grid that has a place for each frame, at most 120 where the rate varies; <see cref="FrameRate"/> where
    /// it does not.
    /// </summary>
    public double GridRate { get; init; }

    /// <summary>Samples per second; 0 without sound.</summary>
    public int SampleRate { get; init; }

    /// <summary>Channels of the sound; 0 without sound.</summary>
    public int Channels { get; init; }

    /// <summary>When the picture begins, in seconds after the file's own start.</summary>
    public double VideoStart { get; init; }

    /// <summary>When the sound begins, in seconds after the file's own start.</summary>
    [JsonPropertyName("sound_start")]
    public double AudioStart { get; init; }

    /// <summary>When the picture ends, in seconds after the file's own start; 0 where the file does not tell.</summary>
    public double VideoEnd { get; init; }

    /// <summary>When the sound ends, in seconds after the file's own start; 0 where the file does not tell.</summary>
    [JsonPropertyName("sound_end")]
    public double AudioEnd { get; init; }

    /// <summary>
    /// When clips begin, in seconds after the file's own start: with its first frame; without a picture, with its sound.
    /// All times of <see cref="ClipReader"/> count from here.
    /// </summary>
    [JsonIgnore]
    public double ClipStart => HasVideo ? VideoStart : Start + AudioStart is < 0 and > -RunIn ? -Start : AudioStart;

    /// <summary>How long the picture is, in seconds from <see cref="ClipStart"/>; 0 where the file does not tell.</summary>
    [JsonIgnore]
    public double VideoSeconds => VideoEnd > 0 ? Math.Max(0, VideoEnd - ClipStart) : 0;

    /// <summary>
    /// How much of the picture is in the file, in seconds from <see cref="ClipStart"/>: less than <see cref="VideoSeconds"/> where it is
    /// cut short, else the same.
    /// </summary>
    [JsonIgnore]
    public double FoundVideoSeconds =>
        FoundVideoEnd > 0 && FoundVideoEnd < VideoEnd ? Math.Max(0, FoundVideoEnd - ClipStart) : VideoSeconds;

    /// <summary>
    /// How long the picture is by the header, in seconds from <see cref="ClipStart"/>: more than <see cref="FoundVideoSeconds"/> where the
    /// file is cut short, or its header wrong; 0 where it does not tell.
    /// </summary>
    [JsonIgnore]
    public double PromisedVideoSeconds => PromisedVideoEnd > 0 ? Math.Max(0, PromisedVideoEnd - ClipStart) : 0;

    /// <summary>
    /// How long the sound is, in seconds from <see cref="ClipStart"/>; 0 where the file does not tell, or it ends before.
    /// </summary>
    [JsonIgnore]
    public double AudioSeconds => AudioEnd > 0 ? Math.Max(0, AudioEnd - ClipStart) : 0;

    /// <summary>Where the file's own clock jumps, which is mended on reading; empty where it does not, null where nobody looked.</summary>
    public IReadOnlyList<ClockJump>? ClockJumps { get; init; }

    /// <summary>A sound that begins this little before 0 begins with the run-in of a codec, which decoders drop.</summary>
    private const double RunIn = 0.1;

    /// <summary>What the file's own clock shows at its start, seconds.</summary>
    [JsonInclude]
    internal double Start { get; init; }

    /// <summary>Where the header says that the picture ends, as <see cref="VideoEnd"/>.</summary>
    [JsonInclude]
    internal double PromisedVideoEnd { get; init; }

    /// <summary>Where the header says that the sound ends, as <see cref="AudioEnd"/>.</summary>
    [JsonInclude]
    [JsonPropertyName("promised_sound_end")]
    internal double PromisedAudioEnd { get; init; }

    /// <summary>Where the packets of the picture end, as <see cref="VideoEnd"/>; 0 where nobody looked.</summary>
    [JsonInclude]
    internal double FoundVideoEnd { get; init; }

    /// <summary>See <see cref="PacketTimes.LongestStandstill"/>; 0 where nobody looked.</summary>
    [JsonInclude]
    internal double LongestStandstill { get; init; }

    [JsonInclude]
    internal FileClock? VideoClock { get; init; }

    [JsonInclude]
    [JsonPropertyName("sound_clock")]
    internal FileClock? AudioClock { get; init; }

    /// <summary>What the packets of sound tell; null where nobody looked.</summary>
    [JsonInclude]
    [JsonPropertyName("sound_packets")]
    internal AudioPackets? AudioPackets { get; init; }

    /// <summary>Whether the mean of several channels is heard instead of the first: see <see cref="ClipReader.ChooseChannels"/>.</summary>
    [JsonIgnore]
    public bool IsMixHeard => Mix.Count > 0;

    /// <summary>How many video streams there are, attached cover pictures apart; one of them is read.</summary>
    public int VideoStreams { get; init; }

    /// <summary>How many audio streams there are; one of them is read.</summary>
    [JsonPropertyName("sound_streams")]
    public int AudioStreams { get; init; }

    /// <summary>
    /// Which of the video streams is read, counted from 0 with cover pictures, as <see cref="StreamChoice"/> does; -1 without a picture.
    /// </summary>
    public int VideoPosition { get; init; } = -1;

    /// <summary>Which of the audio streams is read, counted from 0, as <see cref="StreamChoice"/> does; -1 without sound.</summary>
    [JsonPropertyName("sound_position")]
    public int AudioPosition { get; init; } = -1;

    /// <summary>Whether it is a folder of frames, with its sound in a file of its own.</summary>
    [JsonIgnore]
    internal bool IsFrameFolder { get; init; }

    [JsonInclude]
    internal int VideoStream { get; init; }

    [JsonInclude]
    [JsonPropertyName("sound_stream")]
    internal int AudioStream { get; init; }

    /// <summary>
    /// Whether the picture has a high dynamic range (PQ or HLG). It is tone-mapped to BT.709 where ffmpeg has the filters for it
    /// (<see cref="Ffmpeg.CanToneMap"/>); else its colours come out pale.
    /// </summary>
    public bool IsHighDynamicRange => HighDynamicRangeTransfer is not null;

    /// <summary>ffmpeg's name of the transfer of a picture with a high dynamic range; null for others.</summary>
    [JsonInclude]
    internal string? HighDynamicRangeTransfer { get; init; }

    /// <summary>Whether the picture is interlaced. It is deinterlaced to one frame for two fields.</summary>
    public bool IsInterlaced { get; init; }

    /// <summary>For an interlaced picture, whether the lower field comes first.</summary>
    [JsonInclude]
    internal bool LowerFieldFirst { get; init; }

    /// <summary>Whether the colours are BT.709: by the stream's tag, or without one by its size, as players assume.</summary>
    [JsonInclude]
    internal bool IsBt709 { get; init; }

    /// <summary>ffmpeg's name of the picture's codec.</summary>
    [JsonInclude]
    internal string VideoCodec { get; init; } = "";

    /// <summary>Seconds of a tick of the picture's clock; 0 without a picture.</summary>
    [JsonInclude]
    internal double VideoTimeBase { get; init; }

    /// <summary>ffmpeg's name of the sound's codec.</summary>
    [JsonInclude]
    [JsonPropertyName("sound_codec")]
    internal string AudioCodec { get; init; } = "";

    /// <summary>ffmpeg's name of the uncompressed samples that lose nothing of the sound.</summary>
    [JsonInclude]
    [JsonPropertyName("lossless_sound")]
    internal string LosslessAudio { get; init; } = "pcm_s16le";

    /// <summary>The channels, counted from 0, whose mean is heard: see <see cref="HeardChannels"/>. Empty for the first alone.</summary>
    [JsonIgnore]
    internal IReadOnlyList<int> Mix { get; init; } = [];

    /// <summary>Fails unless there is a moving picture.</summary>
    /// <exception cref="MmDiffusionException">There is none.</exception>
    public void RequireVideo()
    {
        if (!HasVideo)
            throw new MmDiffusionException(
                $"'{Path}' has no moving picture{(HasAudio ? ", only sound" : "")}; choose a file with a video track");
    }

    /// <summary>Fails unless there is sound.</summary>
    /// <exception cref="MmDiffusionException">There is none.</exception>
    public void RequireAudio()
    {
        if (!HasAudio)
            throw new MmDiffusionException(
                $"'{Path}' has no sound{(HasVideo ? ", only a picture" : "")}; choose a file with a sound track");
    }
}
