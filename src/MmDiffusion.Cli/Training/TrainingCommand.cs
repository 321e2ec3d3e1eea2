using System.CommandLine;
using System.Text.Json.Nodes;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Distributed;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Training;

/// <summary>A command that trains a model of one kind.</summary>
internal abstract class TrainingCommand : ProgramCommand
{
    private readonly ModelKind _kind;

    /// <summary>Names the command.</summary>
    protected TrainingCommand(string name, string description, ModelKind kind, Terminal terminal) : base(name, description, terminal)
    {
        _kind = kind;
        Add(TrainingArguments.All);
    }

    protected sealed override bool RunsOnRanks => true;

    protected sealed override bool NeedsFfmpeg(ParseResult parsed) =>
        (_kind == ModelKind.Joint && parsed.GetValue(TrainingArguments.SheetClips) > 0)
        || ClipSources.ReadsMedia(parsed.GetRequiredValue(TrainingArguments.Data))
        || (parsed.GetValue(TrainingArguments.HeldOut) is { } heldOut && ClipSources.ReadsMedia(heldOut));

    protected sealed override void Run(ParseResult parsed)
    {
        TorchRuntime.PreferLessMemory();
        var ranks = Ranks.Join(Terminal.End);
        var (configuration, options, data, heldOut) = ranks.Together(() => Open(parsed));
        using (data)
        using (heldOut)
        {
            foreach (var source in new[] { data, heldOut }) DataArguments.SayWhatIsLeftOut(Terminal, source, isFirst: ranks.Rank == 0);
            if (ranks.Rank == 0 && heldOut is not null && SharedClips.Sentence(data, heldOut) is { } shared) Terminal.WriteMessage(shared);
            var folder = new TrainingFolder(parsed.GetRequiredValue(CommonOptions.Output).ToString());
            TrainingProgress? last = null;
            ReviewReport? review = null;
            using (var display = ProgressDisplay.Open(Terminal))
            {
                var shown = new TrainingDisplay(display, Terminal);
                var run = new TrainingRun(configuration, folder, options, ranks)
                {
                    OnNotice = Terminal.WriteMessage,
                    OnReview = found => shown.Report(review = found),
                };
                run.Run(data, heldOut, progress => Report(shown, last = progress), Terminal.Stop);
            }
            if (ranks.Rank == 0)
            {
                if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(Entry(folder, last, review)));
                else Terminal.WritePath(folder.Model);
            }
        }
        ranks.Dispose();

        void Report(TrainingDisplay shown, TrainingProgress progress)
        {
            if (ranks.Rank == 0) shown.Report(progress);
        }
    }

    private (TrainingConfiguration Configuration, TrainingRunOptions Options, IClipSource Data, IClipSource? HeldOut) Open(
        ParseResult parsed)
    {
        var configuration = TrainingArguments.Configuration(parsed);
        if (configuration.Model.Kind != _kind)
            throw new MmDiffusionException(
                $"'{parsed.GetValue(TrainingArguments.Config)}' trains "
                + $"{(_kind == ModelKind.Joint ? "an upscaler; use 'mmdiff train-upscaler'" : "a joint model; use 'mmdiff train'")}");
        var streams = StreamArguments.Of(parsed);
        var (shape, options) = (configuration.Model.TrainingShape(), TrainingArguments.Options(parsed));
        RequireInputsKept(parsed);
        var data = ClipSources.Open(parsed.GetRequiredValue(TrainingArguments.Data), shape, streams);
        return (configuration, options, data, parsed.GetValue(TrainingArguments.HeldOut) is { } place
            ? ClipSources.Open(place, shape, streams)
            : null);
    }

    private static void RequireInputsKept(ParseResult parsed)
    {
        var folder = new TrainingFolder(parsed.GetRequiredValue(CommonOptions.Output).ToString());
        var from = parsed.GetValue(TrainingArguments.From);
        new KeptFiles(parsed.GetValue(TrainingArguments.Config), from is null ? null : CheckpointDescriptions.WeightsOf(from)).Require(
            folder.Losses,
            folder.HeldOut,
            Path.Combine(folder.Model, ModelDirectory.ConfigurationFile),
            Path.Combine(folder.Model, ModelDirectory.WeightsFile));
    }

    private static JsonObject Entry(TrainingFolder folder, TrainingProgress? last, ReviewReport? review) => new()
    {
        ["model"] = folder.Model,
        ["step"] = folder.Checkpoints() is [var newest, ..] ? newest : 0,
        ["loss"] = last?.Report.Loss,
        ["seen"] = review?.Seen.Average(),
        ["unseen"] = review?.Unseen?.Average(),
        ["sheet"] = review?.Sheet,
    };
}
