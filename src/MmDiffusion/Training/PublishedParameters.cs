using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Model;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Puts float32 values into the parameters of the network that computes with them, where those are of another type.</summary>
internal sealed class PublishedParameters(IReadOnlyList<Tensor> values, IReadOnlyList<Tensor> parameters) : IParameterWork
{
    public Action<int, long, int>? InMemory()
    {
        var converted = Converted().ToArray();
        if (!FlatPieces<float>.TryGet([.. converted.Select(i => values[i])], ScalarType.Float32, out var from)
            || !FlatPieces<ushort>.TryGet([.. converted.Select(i => parameters[i])], ScalarType.BFloat16, out var to)) return null;
        var numbers = Enumerable.Repeat(-1, parameters.Count).ToArray();
        for (var i = 0; i < converted.Length; i++) numbers[converted[i]] = i;
        return (parameter, first, count) =>
        {
            if (numbers[parameter] is >= 0 and var number) Round(from[number, first, count], to[number, first, count]);
        };
    }

    public void AsTensors()
    {
        foreach (var i in Converted()) parameters[i].copy_(values[i]);
    }

    private IEnumerable<int> Converted() => Enumerable.Range(0, parameters.Count).Where(i => parameters[i].dtype != ScalarType.Float32);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Round(ReadOnlySpan<float> from, Span<ushort> to)
    {
        const int lanes = ILanes<ushort>.Count;
        fixed (float* source = from)
        fixed (ushort* target = to)
        {
            var i = 0;
            for (; i + lanes <= from.Length; i += lanes) BFloat16Lanes.Store(target + i, Vector512.Load(source + i));
            for (; i < from.Length; i++) BFloat16Lanes.Store(target + i, Vector512.Create(source[i]), 1);
        }
    }
}
