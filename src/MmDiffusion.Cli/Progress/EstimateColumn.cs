using Spectre.Console;
using Spectre.Console.Rendering;

namespace MmDiffusion.Cli.Progress;

/// <summary>Count, rate and remaining time beside a bar, from the estimate that is the task's tag.</summary>
internal sealed class EstimateColumn : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{task.Tag}");
}
