using MmDiffusion.Cli.Progress;
using MmDiffusion.Generation;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Cli.Generating;

/// <summary>Shows the stages of a generation, each from its first report on.</summary>
/// <param name="display">Where.</param>
/// <param name="subject">The file it is done for; null where there is none.</param>
internal sealed class StageProgress(ProgressDisplay display, string? subject = null)
{
    private readonly Dictionary<GenerationStage, IWork> _stages = [];

    internal void Report(GenerationProgress progress)
    {
        if (!_stages.TryGetValue(progress.Stage, out var work)) _stages[progress.Stage] = work = Start(progress);
        work.Report(progress.Done);
    }

    private IWork Start(GenerationProgress progress) => progress.Stage == GenerationStage.Sampling
        ? display.Start(Title("sampling"), progress.Total, "network call")
        : display.Start(Title("upscaling"), progress.Total, "frame step");

    private string Title(string stage) => subject is null ? stage : $"{stage} {FileNames.Printable(subject)}";
}
