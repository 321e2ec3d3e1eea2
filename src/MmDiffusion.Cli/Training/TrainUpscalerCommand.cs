using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Training;

/// <summary><c>mmdiff train-upscaler</c>: trains a model that enlarges frames.</summary>
internal sealed class TrainUpscalerCommand(Terminal terminal)
    : TrainingCommand("train-upscaler", "Train a model that enlarges frames.", ModelKind.Upscaler, terminal)
{
    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new(
            "mmdiff train-upscaler --config configs/sr-64-256.json --data clips --output out/upscaler",
            "the paper's settings on frames of your clips"),
        new(
            "mmdiff train-upscaler --config configs/sr-64-256.json --data clips --from published.pt --output out/upscaler",
            "start from published weights"),
    ];
}
