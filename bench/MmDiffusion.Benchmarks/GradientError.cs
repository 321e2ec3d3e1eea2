using MmDiffusion.Checkpoints;
using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks;

/// <summary>
/// How far gradients in bfloat16 are from those in float32: <c>gradients [CONFIG [WEIGHTS]]</c>. Without weights, those that training starts
/// with and a little noise, so that layers that start as nothing pass gradients on, too.
/// </summary>
internal static class GradientError
{
    private const double Most = 0.02;
    private const double NoiseOfWeights = 0.02;
    private static readonly long[] Timesteps = [50, 500, 950];

    internal static int Run(string? path, string? weights)
    {
        path ??= "configs/embedded.json";
        var configuration = TrainingConfiguration.Read(path) with { ActivationCheckpointing = true };
        using var source = new SyntheticClipSource(1, seed: 1, configuration.Model.TrainingShape());
        var (square, total) = (0.0, 0.0);
        foreach (var timestep in Timesteps)
        {
            using var scope = NewDisposeScope();
            var full = Gradients(configuration, weights, ScalarType.Float32, source, timestep);
            var half = Gradients(configuration, weights, ScalarType.BFloat16, source, timestep);
            var (error, length) = (full.Zip(half).Sum(pair => Square(pair.First - pair.Second)), full.Sum(Square));
            (square, total) = (square + error / length, total + 1);
            Console.WriteLine(FormattableString.Invariant($"{path}, timestep {timestep}: bf16 gradients differ by {Math.Sqrt(error / length):0.0000} of their length"));
        }
        Console.WriteLine(FormattableString.Invariant($"root mean square: {Math.Sqrt(square / total):0.0000}"));
        return Math.Sqrt(square / total) < Most ? 0 : 1;
    }

    private static List<Tensor> Gradients(TrainingConfiguration configuration, string? weights, ScalarType type, SyntheticClipSource source, long timestep)
    {
        using var scope = NewDisposeScope();
        using var task = TrainingTask.Create(configuration);
        Fill(task, weights);
        task.Compute(type);
        task.Network.train();
        task.Drop([5]);
        using var random = new BatchRandom([3]);
        task.Loss(ClipSources.Read(source, 0).Map(part => part.unsqueeze(0)), tensor(new[] { timestep }), random).Loss.sum().backward();
        return [.. task.Network.named_parameters().Select(entry => entry.parameter.grad!.to_type(ScalarType.Float32, copy: true).MoveToOuterDisposeScope())];
    }

    private static void Fill(TrainingTask task, string? weights)
    {
        using var noGradient = no_grad();
        if (weights is not null)
        {
            using var file = WeightFile.Open(weights);
            StateDict.LoadInto(task.Network, file, weights);
            return;
        }
        using var random = new SeededRandom(1);
        task.Initialize(random);
        foreach (var (_, parameter) in task.Network.named_parameters()) parameter.add_(random.Normal(parameter.shape), NoiseOfWeights);
    }

    private static double Square(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to_type(ScalarType.Float64).square().sum().item<double>();
    }
}
