using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MmDiffusion.Collectives;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The parameters of a network in training, in float32 whatever the network computes in: where it computes in bfloat16, float32 master
/// weights stand behind its own, and gradients are summed in float32.
/// </summary>
internal sealed class TrainedParameters : IDisposable
{
    private readonly List<Parameter> _parameters;
    private readonly List<Tensor> _masters;
    private readonly List<Tensor> _gradients;
    private readonly Tensor _flatGradient;
    private readonly List<ISummingLayer> _layers;
    private readonly List<int> _converted;
    private readonly List<long> _starts = [];
    private readonly Dictionary<nint, long> _startsByHandle = [];

    // Vectors of the processor fit whole into every parameter's place.
    private const long Alignment = 16;

    /// <param name="network">With its weights as training starts or continues, float32.</param>
    /// <param name="convert">Changes the network to the type it computes in.</param>
    internal TrainedParameters(nn.Module network, Action convert)
    {
        using var noGradient = no_grad();
        var names = new List<string>();
        var originals = network.named_parameters().Select(entry => entry.parameter.detach().clone()).ToList();
        convert();
        (_parameters, _masters, _gradients) = ([], [], []);
        // One piece of memory, so that it is added up and sent to other machines as one.
        _flatGradient =
            zeros(network.parameters().Sum(PaddedSize), ScalarType.Float32, network.parameters().First().device).DetachFromDisposeScope();
        var start = 0L;
        foreach (var ((name, parameter), original) in network.named_parameters().Zip(originals))
        {
            names.Add(name);
            _parameters.Add(parameter);
            _masters.Add((parameter.dtype == ScalarType.Float32 ? parameter.detach() : original).DetachFromDisposeScope());
            using (var place = _flatGradient.narrow(0, start, parameter.numel()))
                _gradients.Add(place.view(parameter.shape).DetachFromDisposeScope());
            _starts.Add(start);
            _startsByHandle[parameter.Handle] = start;
            start += PaddedSize(parameter);
            if (parameter.dtype != ScalarType.Float32) continue;
            // The backward pass adds to what it finds.
            parameter.grad = _gradients[^1];
            original.Dispose();
        }
        Names = names;
        var sums = _parameters.Zip(_gradients).ToDictionary(entry => entry.First.Handle, entry => entry.Second);
        // Where the network has the values, in another type.
        _converted = [.. Enumerable.Range(0, _parameters.Count).Where(i => _parameters[i].dtype != ScalarType.Float32)];
        _layers = [.. network.modules().OfType<ISummingLayer>()];
        foreach (var layer in _layers) layer.Sums = new GradientSums(sums[layer.Weight.Handle], sums[layer.Bias.Handle]);
    }

    /// <summary>Names as in the checkpoints.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>The values, float32, in the order of the names.</summary>
    internal IReadOnlyList<Tensor> Values => _masters;

    /// <summary>Sums of the gradients so far, float32, in the order of the names.</summary>
    internal IReadOnlyList<Tensor> Gradients => _gradients;

    /// <summary>All of <see cref="Gradients"/> in one tensor, with zeros between them.</summary>
    internal Tensor FlatGradient => _flatGradient;

    /// <summary>
    /// Where in <see cref="FlatGradient"/> the parameters of a part of the network begin; its end where the part has none.
    /// </summary>
    internal long StartOf(nn.Module part) =>
        part.parameters().Select(parameter => _startsByHandle[parameter.Handle]).DefaultIfEmpty(_flatGradient.numel()).Min();

    /// <summary>
    /// Adds what a backward pass left in bfloat16 to a range of <see cref="FlatGradient"/> that begins and ends with parameters.
    /// </summary>
    internal void CollectGradients(long start, long end)
    {
        using var noGradient = no_grad();
        foreach (var i in _converted)
        {
            if (_starts[i] < start || _starts[i] >= end || _parameters[i].grad is not { } gradient) continue;
            using (gradient) _gradients[i].AddInPlace(gradient);
            // Without one to add to, the next backward pass leaves its own here as it is.
            _parameters[i].grad = null;
        }
    }

    /// <summary>The same for all parameters.</summary>
    internal void CollectGradients() => CollectGradients(0, _flatGradient.numel());

    /// <summary>
    /// Parts of the parameters that lie in some shards of <see cref="FlatGradient"/>, flat: values, and gradients in the same order.
    /// </summary>
    internal (IReadOnlyList<Tensor> Values, IReadOnlyList<Tensor> Gradients) Slices(IEnumerable<Shard> shards)
    {
        var (values, gradients) = (new List<Tensor>(), new List<Tensor>());
        foreach (var shard in shards)
        {
            for (var i = 0; i < _starts.Count; i++)
            {
                var first = Math.Max(shard.Start, _starts[i]);
                var count = Math.Min(shard.Start + shard.Length, _starts[i] + _masters[i].numel()) - first;
                if (count <= 0) continue;
                using var scope = NewDisposeScope();
                values.Add(_masters[i].view(-1).narrow(0, first - _starts[i], count).DetachFromDisposeScope());
                gradients.Add(_flatGradient.narrow(0, first, count).DetachFromDisposeScope());
            }
        }
        return (values, gradients);
    }

    /// <summary>Hands the values to the network.</summary>
    internal void Publish() => new ParameterPass(_masters, Publication).Make();

    /// <summary>The same, for a pass with other works.</summary>
    internal IParameterWork Publication => new PublishedParameters(_masters, _parameters);

    public void Dispose()
    {
        _layers.ForEach(layer => layer.Sums = null);
        foreach (var tensor in _masters.Concat(_gradients).Append(_flatGradient)) tensor.Dispose();
    }

    private static long PaddedSize(Tensor parameter) => (parameter.numel() + Alignment - 1) / Alignment * Alignment;
}

/// <summary>
/// The length of the gradient, summed over blocks of <see cref="Shard.Grain"/> values and then over the blocks in their order, so that it
/// has the same bits whoever has which block.
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
            if (!FlatPieces<float>.TryGet(values, ScalarType.Float32, out var memory))
                throw new ArgumentException("the gradient is not flat");
            var squares = new Block[(shard.Length + Shard.Grain - 1) / Shard.Grain];
            Threads.For(squares.Length, shard.Length, block =>
            {
                var start = (long)block * Shard.Grain;
                squares[block] = new Block(
                    (shard.Start + start) / Shard.Grain,
                    Square(memory[0, start, (int)Math.Min(shard.Length - start, Shard.Grain)]));
            });
            own.AddRange(squares);
        }
        var all = ranks is null
            ? own
            : ranks.AllGather(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(own))).SelectMany(bytes =>
                MemoryMarshal.Cast<byte, Block>(bytes).ToArray());
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
