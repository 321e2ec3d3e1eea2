using System.CommandLine;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Generating;

/// <summary><c>mmdiff upscale</c>: enlarges the frames of videos.</summary>
internal sealed class UpscaleCommand : ProgramCommand
{
    private readonly Option<int?> _frames = CommonOptions.AtLeast(
        "--frames",
        "How many frames to enlarge; by default all to the end",
        1,
        "N");

    internal UpscaleCommand(Terminal terminal) : base("upscale", "Enlarge the frames of videos; their sound stays.", terminal)
    {
        Arguments.Add(InputArguments.Files);
        Add(
        [
            InputArguments.Start, _frames, .. StreamArguments.All, .. ModelArguments.All, .. UpscalingArguments.Alone,
            .. OutputArguments.All, .. ComputeArguments.All,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff upscale waves.mp4 --frames 16", "its first 16 frames, out/waves-upscaled-0.mp4"),
        new("mmdiff upscale waves.mp4 --upscaler models/sr --steps 50", "by an upscaler of your own, more carefully"),
        new("mmdiff upscale clips/ --batch 4 --format webm", "every video of a folder, four frames at once"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var inputs = new MediaInputList(parsed.GetRequiredValue(InputArguments.Files), Terminal.WriteMessage);
        foreach (var others in inputs.PassedOver) Terminal.WriteMessage(others.Sentence()!);
        var (start, frames) = (parsed.GetValue(InputArguments.Start), parsed.GetValue(_frames));
        var (seed, options) = (parsed.GetValue(CommonOptions.Seed), UpscalingArguments.ReadAlone(parsed));
        var models = ComputeArguments.Read(parsed);
        PrecisionChoice.FitMemory(models, options.MemoryLimit);
        var directory = ModelArguments.OpenUpscaler(parsed);
        UsageException.ThrowIf(() => options.Validate(directory.Description));
        if (GenerationModels.RequireMemory(null, directory, options, models) is { } warning) Terminal.WriteMessage(warning);
        using var folder = OutputArguments.OpenFolder(parsed, [.. inputs.Files, .. directory.Files], Terminal);
        folder.RequireReplaceable([]);
        inputs.Check((_, name) => folder.RequireReplaceable([ResultName(name)]));
        using var upscaler = Upscaler.Load(directory, models);
        ModelArguments.SayUntrained(Terminal, upscaler);
        var enlarger = new FileUpscaler(upscaler) { OnNotice = Terminal.WriteMessage, Format = OutputArguments.FormatOf(parsed) };
        ClipResults.Collect(
            Terminal,
            parsed.GetValue(CommonOptions.Json),
            parsed.GetValue(UpscalingArguments.Memory) is not null,
            folder,
            new SingleProcess(),
            results =>
            {
                using var display = ProgressDisplay.Open(Terminal);
                inputs.ForEach((file, name) =>
                {
                    var progress = new StageProgress(display, Path.GetFileName(file));
                    var clip = enlarger.Upscale(
                        file, StreamArguments.Of(parsed), start ?? 0, frames, seed, options, progress.Report, Terminal.Stop);
                    if (clip.Clip.OriginalAudio?.LossIn(enlarger.Format) is { } loss) Terminal.WriteMessage($"'{file}': {loss}");
                    results.Add(folder.Write(clip, ResultName(name), Terminal.Stop));
                });
            });

        string ResultName(string name) => $"{InputArguments.NameAt(name, start)}-upscaled-{seed}";
    }
}
