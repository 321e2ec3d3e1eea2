using System.CommandLine;
using MmDiffusion.Cli.Data;
using MmDiffusion.Data;
using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Distributed;
using MmDiffusion.Generation;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Cli.Generating;

/// <summary>A command that is given one part of its clips, and makes the other.</summary>
internal abstract class GivenClipCommand : ProgramCommand
{
    private readonly Option<double?> _guidance = CommonOptions.NotNegative(
        "--guidance",
        $"Follow what is given by the paper's zero-shot guidance of this strength, 0 for replacement alone; by default as the model was "
        + $"trained, else {ZeroShotConditioning.DefaultScale}",
        "λ");

    /// <summary>Names the command.</summary>
    protected GivenClipCommand(string name, string description, Option<int?> stream, Terminal terminal) : base(name, description, terminal)
    {
        Arguments.Add(InputArguments.Files);
        Add([InputArguments.Start, stream, _guidance, .. GenerationArguments.All]);
    }

    /// <summary>Whether the other part is the picture.</summary>
    protected abstract bool MakesVideo { get; }

    /// <summary>Reads the part that is given.</summary>
    protected abstract GivenClip Open(string path, double start, ModelDescription model, StreamChoice streams);

    protected sealed override bool RunsOnRanks => true;

    protected sealed override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected sealed override void Run(ParseResult parsed)
    {
        var inputs = new MediaInputList(parsed.GetRequiredValue(InputArguments.Files), WriteFailure);
        foreach (var others in inputs.PassedOver) WriteFailure(others.Sentence()!);
        var (start, options) = (parsed.GetValue(InputArguments.Start), GenerationArguments.Read(parsed));
        var streams = StreamArguments.Of(parsed);
        options = options with { Guidance = parsed.GetValue(_guidance) };
        GenerationRun.Start(parsed, Terminal, options, Check, Work, inputs.Files, MakesVideo);

        void Check(ClipFolder folder)
        {
            folder.RequireReplaceable([], options.PreviewEvery > 0);
            inputs.Check((_, name) => folder.RequireReplaceable(options.Names(InputArguments.NameAt(name, start))));
        }

        void Work(GenerationRun run)
        {
            run.RequireSameLeft(inputs.Files);
            inputs.ForEach((file, name) =>
            {
                using var given = run.Open(() => Open(file, start ?? 0, run.Model, streams));
                if (Ranks.IsFirst)
                {
                    foreach (var notice in given.Notices) Terminal.WriteMessage($"{notice}");
                    if (given.OriginalAudio?.LossIn(OutputArguments.FormatOf(parsed)) is { } loss)
                        Terminal.WriteMessage($"'{file}': {loss}");
                }
                run.Generate(options with { Given = given }, InputArguments.NameAt(name, start));
            });
        }
    }

    // What fails on one rank is known to all.
    private void WriteFailure(string message)
    {
        if (Ranks.IsFirst) Terminal.WriteMessage(message);
    }
}

/// <summary><c>mmdiff video-to-audio</c>: makes sound for pictures.</summary>
internal sealed class VideoToAudioCommand(Terminal terminal)
    : GivenClipCommand("video-to-audio", "Make sound for videos; their picture stays as it is.", StreamArguments.Video, terminal)
{
    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff video-to-audio waves.mp4", "the sound of its first seconds, out/waves-0.mp4"),
        new("mmdiff video-to-audio waves.mp4 --start 3.4 --count 4", "four different sounds for what begins at 3.4 s"),
        new("mmdiff video-to-audio scenes/ --guidance 5 --sheet", "every video of a folder, more closely matched"),
    ];

    protected override bool MakesVideo => false;

    protected override GivenClip Open(string path, double start, ModelDescription model, StreamChoice streams) =>
        GivenClip.FromVideo(path, start, model, streams, Terminal.Stop);
}

/// <summary><c>mmdiff audio-to-video</c>: makes pictures for sounds.</summary>
internal sealed class AudioToVideoCommand(Terminal terminal)
    : GivenClipCommand("audio-to-video", "Make pictures for sounds; the sound stays as it is.", StreamArguments.Audio, terminal)
{
    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff audio-to-video rain.wav", "the picture of its first seconds, out/rain-0.mp4"),
        new("mmdiff audio-to-video rain.wav --start 3.4 --count 4 --sheet", "four different pictures for what begins at 3.4 s"),
        new("mmdiff audio-to-video sounds/ --guidance 5 --upscaler none", "every sound of a folder, more closely matched and small"),
    ];

    protected override bool MakesVideo => true;

    protected override GivenClip Open(string path, double start, ModelDescription model, StreamChoice streams) =>
        GivenClip.FromAudio(path, start, model, streams, Terminal.Stop);
}
