using MmDiffusion.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The values of many tensors as memory to work on in place. Networks have hundreds of parameters, most of them too small to be shared among
/// threads: shared is what they are together.
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
            starts[i] = (nint)Memory.Of<T>(tensor);
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
