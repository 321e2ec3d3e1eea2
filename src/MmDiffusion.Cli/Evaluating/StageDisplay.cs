using MmDiffusion.Cli.Progress;
using MmDiffusion.Evaluation;

namespace MmDiffusion.Cli.Evaluating;

/// <summary>Shows each stage of an evaluation as a piece of work.</summary>
internal sealed class StageDisplay(ProgressDisplay display)
{
    private string? _stage;
    private IWork? _work;

    internal void Report(EvaluationProgress progress)
    {
        if (_stage != progress.Stage) (_stage, _work) = (progress.Stage, display.Start(progress.Stage, progress.Total, progress.Unit));
        _work!.Report(progress.Done);
    }
}
