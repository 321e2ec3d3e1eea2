using System.CommandLine;
using System.Globalization;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Generating;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Evaluation.Upscaling;
using MmDiffusion.Generation;
using Spectre.Console;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate upscaler</c>: whether an upscaler is better than bicubic enlargement.</summary>
internal sealed class EvaluateUpscalerCommand : ProgramCommand
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "Clips that training never saw: packed, videos, or synth:COUNT@SEED",
        HelpName = "DATA",
        DefaultValueFactory = _ => "synth:16@2",
    };

    private readonly Option<int> _frames = CommonOptions.AtLeast("--frames", "Frames of each clip", 2, 4, "N");

    internal EvaluateUpscalerCommand(Terminal terminal)
        : base("upscaler", "Compare an upscaler with bicubic enlargement, on small frames degraded as in training.", terminal)
    {
        Add(
        [
            .. ModelArguments.All, _data, _frames, .. StreamArguments.All, .. UpscalingArguments.Alone, .. ComputeArguments.All,
            CommonOptions.Json,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff evaluate upscaler --upscaler out/upscaler/model", "a trained upscaler, on synthetic scenes"),
        new("mmdiff evaluate upscaler --data films --frames 8", "the embedded one, on films of your own"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => ClipSources.ReadsMedia(parsed.GetRequiredValue(_data));

    protected override void Run(ParseResult parsed)
    {
        var directory = ModelArguments.OpenUpscaler(parsed);
        var (options, models) = (UpscalingArguments.ReadAlone(parsed), ComputeArguments.Read(parsed));
        UsageException.ThrowIf(() => options.Validate(directory.Description));
        PrecisionChoice.FitMemory(models, options.MemoryLimit);
        if (GenerationModels.RequireMemory(null, directory, options, models) is { } warning) Terminal.WriteMessage(warning);
        using var upscaler = Upscaler.Load(directory, models);
        using var clips = ClipSources.Open(
            parsed.GetRequiredValue(_data),
            UpscalerEvaluation.ShapeFor(upscaler, parsed.GetValue(_frames)),
            StreamArguments.Of(parsed));
        DataArguments.SayWhatIsLeftOut(Terminal, clips);
        var evaluation = new UpscalerEvaluation(upscaler, options);
        UpscalerReport report;
        using (var display = ProgressDisplay.Open(Terminal))
        {
            var work = display.Start("enlarging", clips.Count, "clip");
            report = evaluation.Measure(clips, parsed.GetValue(CommonOptions.Seed), done => work.Report(done), Terminal.Stop);
        }
        if (parsed.GetValue(CommonOptions.Json))
        {
            Terminal.WriteResult(Json.Serialize(report));
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("enlarged by", "PSNR, dB", "flicker, levels");
        table.AddRow("upscaler", Number(report.Upscaler.Psnr), Number(report.Upscaler.Flicker));
        table.AddRow("bicubic", Number(report.Bicubic.Psnr), Number(report.Bicubic.Flicker));
        Terminal.Output.Write(table);
        Terminal.WriteResult(
            $"the upscaler gains {Number(report.Gain)} dB ({Number(report.GainInterval.Lower)} to {Number(report.GainInterval.Upper)}) on "
            + $"{report.Clips} clips of {report.Frames} frames");
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
