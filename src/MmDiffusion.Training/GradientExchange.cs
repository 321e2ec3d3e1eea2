using System.Diagnostics;
using MmDiffusion.Collectives;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// Sums gradients over ranks bucket by bucket, from the last parameters to the first, as the backward pass completes them: a bucket travels
/// while others are still computed. Buckets depend on the network alone, so that timing decides no bit.
/// </summary>
internal sealed class GradientExchange : IDisposable
{
    // 25 MB: long enough for a network's speed, short enough that little is left when the backward pass ends.
    private const long Largest = 6 << 20;
    private const int Fewest = 8;

    // After a failure here, other ranks still send what belongs to buckets that this one has sent, as far as they come.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly TrainedParameters _parameters;
    private readonly GradientSum _sum;
    private readonly ICollective _ranks;
    private readonly ExchangeOptions _options;
    private readonly long _bucket;
    private readonly List<Tensor> _buckets = [];
    private Task _travelling = Task.CompletedTask;
    private long _missing;
    private int _waiting;
    private bool _isLastPart;

    internal GradientExchange(TrainedParameters parameters, GradientSum sum, ICollective ranks, ExchangeOptions options)
    {
        (_parameters, _sum, _ranks, _options) = (parameters, sum, ranks, options);
        var count = parameters.FlatGradient.numel();
        _bucket = Math.Min(Largest, (count / Fewest / Shard.Grain + 1) * Shard.Grain);
        for (var start = 0L; start < count; start += _bucket)
            _buckets.Add(parameters.FlatGradient.narrow(0, start, Math.Min(_bucket, count - start)).DetachFromDisposeScope());
    }

    /// <summary>The gradient as pieces that travel one by one.</summary>
    internal IReadOnlyList<Tensor> Buckets => _buckets;

    /// <summary>What this rank owns of the gradient.</summary>
    internal IEnumerable<Shard> Shards =>
        _buckets.SelectMany((bucket, number) =>
            _ranks.Shards((int)bucket.numel()).Select(shard => shard with { Start = number * _bucket + shard.Start }));

    /// <summary>Says that a backward pass begins.</summary>
    /// <param name="isLastPart">Whether gradients are complete when it is done with them.</param>
    internal void Begin(bool isLastPart)
    {
        _isLastPart = isLastPart;
        (_missing, _waiting) = (_parameters.FlatGradient.numel(), _buckets.Count);
    }

    /// <summary>Called in the backward pass: gradients of a stage and all that follow it are complete.</summary>
    internal void StageDone(nn.Module stage)
    {
        // One rank alone is told too: being told decides the order in which gradients of the timestep are added.
        if (_isLastPart && _options.Overlap && _ranks.Size > 1) CompleteFrom(_parameters.StartOf(stage));
    }

    /// <summary>Called after the last backward pass: all gradients are complete. Returns when all ranks' are summed.</summary>
    /// <returns>Seconds that it waited for.</returns>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    internal double Finish()
    {
        CompleteFrom(0);
        var began = Stopwatch.GetTimestamp();
        _travelling.GetAwaiter().GetResult();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Waits for what still travels. What does not arrive keeps its memory, which others may yet write to.</summary>
    public void Dispose()
    {
        if (!HasArrived()) return;
        _buckets.ForEach(bucket => bucket.Dispose());
    }

    private bool HasArrived()
    {
        try
        {
            return _travelling.Wait(LongestWait);
        }
        catch (AggregateException)
        {
            return true; // Whoever waited for it was told.
        }
    }

    private void CompleteFrom(long start)
    {
        if (start >= _missing) return;
        _parameters.CollectGradients(start, _missing);
        _sum.Complete(start, _missing - start);
        _missing = start;
        while (_waiting > 0 && (_waiting - 1) * _bucket >= start) Send(_buckets[--_waiting]);
    }

    private void Send(Tensor bucket)
    {
        if (_ranks.Size == 1) return;
        // One after the other, on all ranks in the same order.
        _travelling = _travelling.ContinueWith(before =>
        {
            before.GetAwaiter().GetResult();
            if (_options.ShardOptimizer) _ranks.ReduceScatter(bucket, _options.Wire);
            else _ranks.AllReduce(bucket, _options.Wire);
        }, CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default);
    }
}

/// <summary>
/// How ranks share the work beside their parts of a batch. But for <see cref="Wire"/>, what is learned does not depend on it.
/// </summary>
public sealed record ExchangeOptions
{
    /// <summary>How gradients travel between ranks. float32 by default.</summary>
    public WireFormat Wire { get; init; } = WireFormat.Float32;

    /// <summary>Whether gradients travel while the backward pass still computes others. They do by default.</summary>
    public bool Overlap { get; init; } = true;

    /// <summary>
    /// Whether each rank keeps, and computes with, only its shard of the optimiser's state (ZeRO-1; Rajbhandari et al., 2020): less memory;
    /// the weights travel after the step, in float32, instead of the gradients' second half. Not by default.
    /// </summary>
    public bool ShardOptimizer { get; init; }
}
