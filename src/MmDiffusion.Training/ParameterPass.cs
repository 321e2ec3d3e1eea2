using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Fused;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// One way through all parameters for several works: what one leaves in a core's cache the next finds there, where memory is what takes the
/// time. Where the tensors lie is found out once, which for hundreds of small ones takes as long as a work: they have to stay there.
/// </summary>
internal sealed class ParameterPass
{
    private readonly IReadOnlyList<IParameterWork> _works;
    private readonly Action<int, long, int>[] _parts;
    private readonly FlatPieces<float>? _memory;

    /// <param name="parameters">float32.</param>
    /// <param name="works">Of these parameters, done one after another.</param>
    internal ParameterPass(IReadOnlyList<Tensor> parameters, params IReadOnlyList<IParameterWork> works)
    {
        _works = works;
        _parts = [.. works.Select(work => work.InMemory()).OfType<Action<int, long, int>>()];
        if (_parts.Length == works.Count && FlatPieces<float>.TryGet(parameters, ScalarType.Float32, out var memory)) _memory = memory;
    }

    /// <summary>Goes the way again.</summary>
    internal void Make()
    {
        using var noGradient = no_grad();
        if (_memory is { } memory) memory.InParts(DoPart);
        else foreach (var work in _works) work.AsTensors();
    }

    private void DoPart(int parameter, long first, int count)
    {
        foreach (var part in _parts) part(parameter, first, count);
    }
}

/// <summary>What a training step does to the values of all parameters, each for itself.</summary>
internal interface IParameterWork
{
    /// <summary>
    /// Gives what does it to some values of a parameter where they lie in memory: given the parameter's number, the first value and how
    /// many. Null where they do not.
    /// </summary>
    Action<int, long, int>? InMemory();

    /// <summary>Does it to all values, in memory of any device.</summary>
    void AsTensors();
}

/// <summary>
/// The values of many tensors as memory to work on in place. Networks have hundreds of parameters, most of them too small to be shared
/// among threads: shared is what they are together.
/// </summary>
/// <typeparam name="T">How values are stored.</typeparam>
internal readonly unsafe struct FlatPieces<T> where T : unmanaged
{
    /// <summary>Values that a thread works on at a time: so few that what several works need of them stays in its core's cache.</summary>
    private const long PartLength = 1 << 14;

    private readonly nint[] _starts;
    private readonly long[] _ends;

    private FlatPieces(nint[] starts, long[] ends) => (_starts, _ends) = (starts, ends);

    /// <summary>Gives the memory where all tensors are of a type, contiguous and on the CPU; valid while they are.</summary>
    internal static bool TryGet(IReadOnlyList<Tensor> tensors, ScalarType type, out FlatPieces<T> pieces)
    {
        var (starts, ends, length) = (new nint[tensors.Count], new long[tensors.Count], 0L);
        pieces = new FlatPieces<T>(starts, ends);
        for (var i = 0; i < starts.Length; i++)
        {
            var tensor = tensors[i];
            if (tensor.dtype != type || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous()) return false;
            starts[i] = (nint)TensorMemory.Address<T>(tensor);
            ends[i] = length += tensor.numel();
        }
        return true;
    }

    /// <summary>Some values of a tensor.</summary>
    /// <param name="tensor">Its number.</param>
    /// <param name="first">The first value.</param>
    /// <param name="count">How many.</param>
    internal Span<T> this[int tensor, long first, int count] => new((T*)_starts[tensor] + first, count);

    /// <summary>Goes through all values, on as many threads as pay.</summary>
    /// <param name="work">Given a tensor's number, the first of some values of it, and how many.</param>
    internal void InParts(Action<int, long, int> work)
    {
        var ends = _ends;
        var length = ends is [] ? 0 : ends[^1];
        Threads.For((int)((length + PartLength - 1) / PartLength), length, part =>
        {
            var (place, end) = (part * PartLength, Math.Min((part + 1) * PartLength, length));
            var tensor = Array.BinarySearch(ends, place + 1);
            if (tensor < 0) tensor = ~tensor;
            while (tensor > 0 && ends[tensor - 1] > place) tensor--; // Empty tensors end where the one before does.
            for (; place < end; tensor++)
            {
                var (start, count) = (tensor == 0 ? 0 : ends[tensor - 1], Math.Min(ends[tensor], end) - place);
                if (count > 0) work(tensor, place - start, (int)count);
                place += count;
            }
        });
    }
}

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
