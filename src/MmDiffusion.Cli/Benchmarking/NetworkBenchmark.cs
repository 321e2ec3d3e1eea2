using System.Diagnostics;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>
/// Times a network of any sizes with weights as training starts with them, and the device's own matrix product in turn with it, so that
/// their ratio says how well the device is used even where its speed changes from minute to minute.
/// </summary>
public static class NetworkBenchmark
{
    private const int OperationsPerForward = 3;

    /// <summary>
    /// Work that is shorter is repeated: the runtime takes some seconds to compile what it comes to think worth its while.
    /// </summary>
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(1);

    /// <summary>Times a network.</summary>
    /// <param name="description">Its sizes.</param>
    /// <param name="options">What is timed, and how.</param>
    /// <param name="onRound">Told after each round how many are done.</param>
    /// <param name="cancellation">Looked at before every round.</param>
    /// <exception cref="MmDiffusionException">The description or a setting is not valid.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Measurement Run(
        ModelDescription description,
        BenchmarkOptions options,
        Action<int>? onRound = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        description.Validate();
        TorchRuntime.EnsureLoaded();
        return options.Work == BenchmarkWork.Training
            ? Train(description, options, onRound, cancellation)
            : Infer(description, options, onRound, cancellation);
    }

    private static Measurement Infer(
        ModelDescription description,
        BenchmarkOptions options,
        Action<int>? onRound,
        CancellationToken cancellation)
    {
        PrecisionChoice.FitMemory(options.Type);
        PeakMemory.Reset();
        using var network = new BenchmarkedNetwork(description, options.Device, options.Type);
        var operations = 0L;
        Repeat(() => operations = network.CountOperations(options.Batch));
        return Time(() => network.Forward(options.Batch), operations, options, onRound, cancellation) with
        {
            CrossAttentionShare = network.CrossAttentionShare,
        };
    }

    private static Measurement Train(
        ModelDescription description,
        BenchmarkOptions options,
        Action<int>? onRound,
        CancellationToken cancellation)
    {
        TorchRuntime.PreferLessMemory(); // As the commands do that train.
        var operations = OperationsPerForward * NetworkOperations.OfForward(description, options.Batch);
        PeakMemory.Reset();
        using var training = new BenchmarkedTraining(description, options);
        Repeat(training.WarmUp);
        return Time(training.Step, operations, options, onRound, cancellation) with { UpdateShare = training.UpdateShare };
    }

    /// <summary>Times work that is warmed up.</summary>
    private static Measurement Time(
        Action work,
        long operations,
        BenchmarkOptions options,
        Action<int>? onRound,
        CancellationToken cancellation)
    {
        var (best, processor, rate) = (double.PositiveInfinity, 0.0, MatmulRate.Measure(options.Device, options.Type));
        for (var round = 1; round <= options.Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            Repeat(() =>
            {
                var (began, before) = (Stopwatch.GetTimestamp(), ProcessorSeconds());
                work();
                var (seconds, computed) = (Stopwatch.GetElapsedTime(began).TotalSeconds, ProcessorSeconds() - before);
                if (seconds < best) (best, processor) = (seconds, computed);
            });
            rate = Math.Max(rate, MatmulRate.Measure(options.Device, options.Type));
            onRound?.Invoke(round);
        }
        return new Measurement(best, processor, operations, rate, PeakMemory.Read());
    }

    private static void Repeat(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        do work();
        while (Stopwatch.GetElapsedTime(began) < ShortestRound);
    }

    private static double ProcessorSeconds()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }
}

/// <summary>How a network is timed.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Rounds unless others are asked for.</summary>
    public const int DefaultRounds = 3;

    /// <summary>What is timed. A forward pass by default.</summary>
    public BenchmarkWork Work { get; init; }

    /// <summary>What the network computes in: Float32 by default, or BFloat16.</summary>
    public ScalarType Type { get; init; } = ScalarType.Float32;

    /// <summary>Clips or frames at once, at least 1. 1 by default.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>
    /// Rounds in which it is timed, at least 1, behind one that warms up: each one run, or as many as a second takes. The best run counts.
    /// 3 by default.
    /// </summary>
    public int Rounds { get; init; } = DefaultRounds;

    /// <summary>
    /// Whether a training step computes activations again in the backward pass rather than keep them: less memory, more time. By default.
    /// </summary>
    public bool ActivationCheckpointing { get; init; } = true;

    /// <summary>Where it runs. The CPU by default.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Type is ScalarType.Float32 or ScalarType.BFloat16, $"type is {Type}, expected Float32 or BFloat16");
        errors.Require(Batch is >= 1 and <= 4096, $"batch is {Batch}, expected 1 to 4096");
        errors.Require(Rounds is >= 1 and <= 1000, $"rounds is {Rounds}, expected 1 to 1000");
        errors.ThrowIfAny("the benchmark");
    }
}

/// <summary>What is timed.</summary>
public enum BenchmarkWork
{
    /// <summary>One forward pass without gradients: a call of a joint model for its clips, of an upscaler for its frames.</summary>
    Forward,

    /// <summary>
    /// One training step: forward and backward pass, optimiser and moving average, activations computed again rather than kept.
    /// </summary>
    Training,
}

/// <summary>What one piece of work took.</summary>
/// <param name="Seconds">Of the best round.</param>
/// <param name="ProcessorSeconds">That all threads of the process computed in that round.</param>
/// <param name="Operations">
/// Floating-point operations by the layers' sizes, a multiplication with its addition being two. Of a training step: three forward passes,
/// however often activations are computed.
/// </param>
/// <param name="MatmulRate">
/// Operations per second of a large matrix product on the same device in the same format, the best of products timed between the rounds.
/// </param>
/// <param name="PeakMemoryBytes">The process's largest resident size meanwhile; elsewhere than on Linux, so far.</param>
/// <param name="UpdateShare">Of a training step, the part that the optimiser and the moving average take; null of other work.</param>
/// <param name="CrossAttentionShare">
/// Of a forward pass, the part that cross-modal attention takes without the norms and projections around it; null of networks and work
/// without.
/// </param>
public sealed record Measurement(
    double Seconds,
    double ProcessorSeconds,
    long Operations,
    double MatmulRate,
    long PeakMemoryBytes,
    double? UpdateShare = null,
    double? CrossAttentionShare = null)
{
    /// <summary>Operations per second.</summary>
    public double Rate => Operations / Seconds;

    /// <summary>
    /// The part of <see cref="MatmulRate"/> that is reached; a convolution that saves multiplications may make it more than 1.
    /// </summary>
    public double Utilisation => Rate / MatmulRate;
}
