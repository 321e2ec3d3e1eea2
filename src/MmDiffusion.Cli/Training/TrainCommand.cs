using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Training;

/// <summary><c>mmdiff train</c>: trains a joint model.</summary>
internal sealed class TrainCommand(Terminal terminal)
    : TrainingCommand("train", "Train a model that makes videos with sound.", ModelKind.Joint, terminal)
{
    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff train --config configs/smoke.json --data synth:1000 --steps 20 --output out/smoke", "see that it works, in a minute"),
        new(
            "mmdiff train --config configs/landscape.json --data clips --held-out others --output out/landscape",
            "the paper's settings on your clips"),
        new(
            "mmdiff train --config configs/landscape.json --data clips --output out/landscape --resume",
            "continue where it was interrupted"),
        new("mmdiff sample --model out/landscape/model", "generate with what there is, also meanwhile"),
    ];
}
