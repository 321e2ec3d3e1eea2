using System.CommandLine;
using System.Globalization;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Generating;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Generation;
using MmDiffusion.Training;
using Spectre.Console;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate loss</c>: whether a model does as well on clips it never saw.</summary>
internal sealed class EvaluateLossCommand : ProgramCommand
{
    private readonly Option<string> _data = Clips("--data", "Clips it trained on: packed, videos, or synth:COUNT@SEED");
    private readonly Option<string> _heldOut = Clips("--held-out", "Clips it never saw, as --data");
    private readonly Option<ulong?> _trainingSeed = new("--training-seed")
    {
        Description = "Seed of the training: takes those of --data that it met first, since a short training sees but a part",
        HelpName = "S",
    };
    private readonly Option<int> _count = CommonOptions.AtLeast("--clips", "Clips of each to measure on, evenly spread", 2, 64, "N");

    internal EvaluateLossCommand(Terminal terminal)
        : base("loss", "Compare a model's training loss on clips it saw and on others, always with the same noise.", terminal)
    {
        Add(
        [
            ModelArguments.Model, _data, _trainingSeed, _heldOut, _count, .. StreamArguments.All, ComputeArguments.Device,
            CommonOptions.Json,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff evaluate loss --model out/landscape/model --data packed --held-out packed-others", "a model of your own"),
        new(
            "mmdiff evaluate loss --data synth:200000@3 --training-seed 7 --held-out synth:1000@2 --clips 256",
            "the embedded one, more exactly"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) =>
        ClipSources.ReadsMedia(parsed.GetRequiredValue(_data)) || ClipSources.ReadsMedia(parsed.GetRequiredValue(_heldOut));

    protected override void Run(ParseResult parsed)
    {
        var model = ModelDirectory.Open(parsed.GetValue(ModelArguments.Model));
        using var loss = new HeldOutLoss(model, ComputeArguments.DeviceOf(parsed));
        var shape = model.Description.TrainingShape();
        var (data, heldOut, wanted) = (parsed.GetRequiredValue(_data), parsed.GetRequiredValue(_heldOut), parsed.GetValue(_count));
        using var all = ClipSources.Open(data, shape, StreamArguments.Of(parsed));
        using var met = parsed.GetValue(_trainingSeed) is { } seed ? new FirstMetClips(all, seed, wanted) : null;
        using var unseen = ClipSources.Open(heldOut, shape, StreamArguments.Of(parsed));
        IClipSource seen = met is null ? all : met;
        foreach (var source in new[] { all, unseen }) DataArguments.SayWhatIsLeftOut(Terminal, source);
        if (SharedClips.Sentence(all, unseen) is { } shared) Terminal.WriteMessage(shared);
        var count = Math.Min(wanted, Math.Min(seen.Count, unseen.Count));
        LossReport result;
        using (var display = ProgressDisplay.Open(Terminal))
        {
            var work = display.Start("measuring", 2 * count, "clip");
            var done = 0;
            IReadOnlyList<IReadOnlyList<double>> Measure(IClipSource source) =>
                loss.MeasureEach(source, count, () => work.Report(++done), Terminal.Stop);
            result = LossReport.Of(Measure(seen), Measure(unseen)) with { Model = model.Path, SeenClips = data, HeldOutClips = heldOut };
        }
        Show(result, parsed.GetValue(CommonOptions.Json));
    }

    private void Show(LossReport result, bool asJson)
    {
        if (asJson)
        {
            Terminal.WriteResult(result.ToJson());
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("clips", "number", "loss");
        for (var range = 1; range <= HeldOutLoss.Ranges; range++) table.AddColumn($"timesteps {range}/{HeldOutLoss.Ranges}");
        foreach (var (name, losses) in new[] { ("seen", result.Seen), ("held out", result.HeldOut) })
            table.AddRow([name, $"{result.Clips}", Number(losses.Average()), .. losses.Select(Number)]);
        Terminal.Output.Write(table);
        Terminal.WriteResult(
            $"the loss on clips held out is {Number(result.Ratio)} times that on clips seen ({Number(result.RatioInterval.Lower)} to "
            + $"{Number(result.RatioInterval.Upper)})");
    }

    private static Option<string> Clips(string name, string description) =>
        new(name) { Description = description, HelpName = "DATA", Required = true };

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
