using System.CommandLine;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Data.Videos;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Data;

/// <summary>Arguments and options of the commands on data.</summary>
internal static class DataArguments
{
    private static readonly ClipShape Defaults = new();

    internal static Argument<string> Folder { get; } = new("DIR") { Description = "A folder of videos, searched with all below it" };

    internal static Option<int> Size { get; } = CommonOptions.AtLeast(
        "--size", "Rows and columns of a frame", 1, Defaults.Height, "PIXELS");

    internal static Option<int> Frames { get; } = CommonOptions.AtLeast("--frames", "Frames of a clip", 1, Defaults.Frames, "N");

    internal static Option<double> FrameRate { get; } = CommonOptions.Positive(
        "--frame-rate",
        "Frames per second",
        Defaults.FrameRate,
        "FPS");

    internal static Option<int> SampleRate { get; } = CommonOptions.AtLeast(
        "--sample-rate", "Samples per second", 1000, Defaults.SampleRate, "HZ");

    internal static Option<string?> List { get; } = new("--list")
    {
        Description = "A list of the only files to use, such as 'data filter' writes",
        HelpName = "FILE",
    };

    /// <summary>Clips of the size asked for, whose sound is as long as the picture.</summary>
    /// <exception cref="MmDiffusionException">A size or rate is out of range.</exception>
    internal static ClipShape Shape(ParseResult parsed) => Shape(parsed, parsed.GetValue(Size));

    /// <summary>The same for a command without <see cref="Size"/>.</summary>
    internal static ClipShape ShapeOfAnySize(ParseResult parsed) => Shape(parsed, Defaults.Height);

    private static ClipShape Shape(ParseResult parsed, int size)
    {
        var (frames, frameRate, sampleRate) = (parsed.GetValue(Frames), parsed.GetValue(FrameRate), parsed.GetValue(SampleRate));
        var shape = new ClipShape
        {
            Frames = frames,
            Height = size,
            Width = size,
            FrameRate = frameRate,
            SampleRate = sampleRate,
            AudioLength = (int)Math.Round(frames / frameRate * sampleRate),
        };
        shape.Validate();
        return shape;
    }

    /// <summary>Says what is in a folder that is not taken for media.</summary>
    internal static void SayWhatIsPassedOver(Terminal terminal, string path)
    {
        if (MediaInputs.FindBelow(path).PassedOver.Sentence() is { } sentence) terminal.WriteMessage(sentence);
    }

    /// <summary>Says which files of a source give no clips, now and as it turns out.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="source">Clips to train or to measure on; null for none.</param>
    /// <param name="isFirst">Whether to say what every rank knows.</param>
    internal static void SayWhatIsLeftOut(Terminal terminal, IClipSource? source, bool isFirst = true)
    {
        if (source is not VideoClipSource videos) return;
        videos.OnUnreadable = video =>
            terminal.WriteMessage($"left out what cannot be read of {video.Path}, other clips take its place: {video.Reason}");
        videos.OnNotice = notice => terminal.WriteMessage($"{notice}");
        if (!isFirst) return;
        if (videos.PassedOver.Sentence() is { } sentence) terminal.WriteMessage(sentence);
        foreach (var notice in videos.Notices) terminal.WriteMessage($"{notice}");
        foreach (var video in videos.LeftOut) terminal.WriteMessage($"left out {video.Path}: {video.Reason}");
    }

    /// <summary>Indexes the data set, showing how it goes.</summary>
    internal static MediaIndex Index(ParseResult parsed, string path, ProgressDisplay display, CancellationToken stop) =>
        MediaIndex.Build(path, StreamArguments.Of(parsed), Show(display, "indexing", "file"), stop);

    /// <summary>Shows work from its first report on.</summary>
    internal static Action<DataProgress> Show(ProgressDisplay display, string title, string unit)
    {
        IWork? work = null;
        return progress => (work ??= display.Start(title, progress.Total, unit)).Report(progress.Done);
    }
}
