using System.Diagnostics;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;

namespace MmDiffusion.Benchmarking;

/// <summary>
/// Times a network of any sizes with weights as training starts with them, and the device's own matrix product in turn with it, so that
/// their ratio says how well the device is used even where its speed changes from minute to minute.
/// </summary>
public static class NetworkBenchmark
{
    private const int OperationsPerForward = 3;

    /// <summary>Work that is shorter is repeated: the runtime takes some seconds to compile what it comes to think worth its while.</summary>
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(1);

    /// <summary>Times a network.</summary>
    /// <param name="description">Its sizes.</param>
    /// <param name="options">What is timed, and how.</param>
    /// <param name="onRound">Told after each round how many are done.</param>
    /// <param name="cancellation">Looked at before every round.</param>
    /// <exception cref="MmDiffusionException">The description or a setting is not valid.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Measurement Run(ModelDescription description, BenchmarkOptions options, Action<int>? onRound = null, CancellationToken cancellation = default)
    {
        options.Validate();
        description.Validate();
        TorchRuntime.EnsureLoaded();
        return options.Work == BenchmarkWork.Training ? Train(description, options, onRound, cancellation) : Infer(description, options, onRound, cancellation);
    }

    private static Measurement Infer(ModelDescription description, BenchmarkOptions options, Action<int>? onRound, CancellationToken cancellation)
    {
        PrecisionChoice.FitMemory(options.Type);
        PeakMemory.Reset();
        using var network = new BenchmarkedNetwork(description, options.Device, options.Type);
        var operations = 0L;
        Repeat(() => operations = network.CountOperations(options.Batch));
        return Time(() => network.Forward(options.Batch), operations, options, onRound, cancellation) with { CrossAttentionShare = network.CrossAttentionShare };
    }

    private static Measurement Train(ModelDescription description, BenchmarkOptions options, Action<int>? onRound, CancellationToken cancellation)
    {
        TorchRuntime.PreferLessMemory(); // As the commands do that train.
        var operations = OperationsPerForward * NetworkOperations.OfForward(description, options.Batch);
        PeakMemory.Reset();
        using var training = new BenchmarkedTraining(description, options);
        Repeat(training.WarmUp);
        return Time(training.Step, operations, options, onRound, cancellation) with { UpdateShare = training.UpdateShare };
    }

    /// <summary>Times work that is warmed up.</summary>
    private static Measurement Time(Action work, long operations, BenchmarkOptions options, Action<int>? onRound, CancellationToken cancellation)
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
