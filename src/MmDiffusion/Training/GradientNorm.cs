using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MmDiffusion.Collectives;
using MmDiffusion.Model;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The length of the gradient, summed over blocks of <see cref="Shard.Grain"/> values and then over the blocks in their order, so that it has
/// the same bits whoever has which block.
/// </summary>
internal static class GradientNorm
{
    /// <summary>Measures a gradient of which each rank has its shards alone.</summary>
    /// <param name="gradient">float32, flat.</param>
    /// <param name="shards">This rank's, of whole blocks.</param>
    /// <param name="ranks">Who has the others; null where this rank has all.</param>
    internal static double Of(Tensor gradient, IEnumerable<Shard> shards, ICollective? ranks)
    {
        using var scope = NewDisposeScope();
        var own = new List<Block>();
        foreach (var shard in shards)
        {
            Tensor[] values = [gradient.narrow(0, shard.Start, shard.Length).cpu()];
            if (!FlatPieces<float>.TryGet(values, ScalarType.Float32, out var memory)) throw new ArgumentException("the gradient is not flat");
            var squares = new Block[(shard.Length + Shard.Grain - 1) / Shard.Grain];
            Threads.For(squares.Length, shard.Length, block =>
            {
                var start = (long)block * Shard.Grain;
                squares[block] = new Block((shard.Start + start) / Shard.Grain, Square(memory[0, start, (int)Math.Min(shard.Length - start, Shard.Grain)]));
            });
            own.AddRange(squares);
        }
        var all = ranks is null ? own : ranks.AllGather(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(own))).SelectMany(bytes => MemoryMarshal.Cast<byte, Block>(bytes).ToArray());
        return Math.Sqrt(all.OrderBy(block => block.Number).Sum(block => block.Square));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Square(ReadOnlySpan<float> values)
    {
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out var low, out var high);
            sum += low * low + high * high;
        }
        var all = Vector.Sum(sum);
        for (; i < values.Length; i++) all += (double)values[i] * values[i];
        return all;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Block(long Number, double Square);
}
