using System.ComponentModel;
using MmDiffusion.Kernels.Operations;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// Group normalisation of features whose channels are last, scaled and shifted for each sample, or each segment of one, if asked, and SiLU
/// behind it if asked: what a residual block does between two convolutions, in two passes over memory.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FusedNorm
{
    internal const double Epsilon = 1e-5;

    /// <summary>Norms, scales and shifts, activates.</summary>
    /// <param name="x">[N,…,C], float32 or bfloat16; statistics span everything between, and C/groups channels.</param>
    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="modulation">
    /// float32 [N,2C]: the norm is multiplied by 1 and the first C more, and the others are added; null for neither. [N,S,2C] for S
    /// segments of a sample, whose R rows between samples and channels are shared out in order: row i belongs to segment ⌊(i+½)·S/R⌋.
    /// </param>
    /// <param name="groups">Divides C.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="owned">Whether nothing else uses x: then it may become the result, which saves as much memory again.</param>
    /// <param name="sums">Where gradients of weight and bias may be added; null for the graph.</param>
    /// <returns>As <paramref name="x"/>.</returns>
    public static Tensor Apply(
        Tensor x,
        Tensor weight,
        Tensor bias,
        Tensor? modulation,
        int groups,
        bool silu,
        bool owned = false,
        GradientSums? sums = null)
    {
        if (!IsFast(x)) return ApplyAsTensors(x, weight, bias, modulation, groups, silu);
        var differentiates = is_grad_enabled()
            && (x.requires_grad || weight.requires_grad || bias.requires_grad || modulation is { requires_grad: true });
        if (differentiates) return DifferentiableNorm.Apply(x, weight, bias, modulation, groups, silu, sums);
        using var scope = NewDisposeScope();
        x = x.contiguous();
        return Forward(x, new NormGain(weight, bias, modulation), groups, silu, owned ? x.alias() : null).Result.MoveToOuterDisposeScope();
    }

    /// <summary>The result, and the statistics [N,groups] that the backward pass needs.</summary>
    /// <param name="x">Contiguous.</param>
    /// <param name="gain">What follows.</param>
    /// <param name="groups">Divides C.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="target">Where the result goes, which may be x itself; null for memory of its own.</param>
    internal static (Tensor Result, NormStatistics Statistics) Forward(
        Tensor x,
        NormGain gain,
        int groups,
        bool silu,
        Tensor? target = null)
    {
        var (shape, result) = (NormShape.Of(x, groups, gain.Segments), target ?? empty_like(x));
        var statistics = x.dtype == ScalarType.Float32
            ? NormForward<float, Float32Lanes>.Run(shape, x, gain, result, silu)
            : NormForward<ushort, BFloat16Lanes>.Run(shape, x, gain, result, silu);
        return (result, statistics);
    }

    /// <summary>The gradients of x and modulation; those of weight and bias are added to their sums.</summary>
    internal static unsafe (Tensor X, Tensor? Modulation) Backward(
        Tensor gradient,
        Tensor x,
        NormGain gain,
        NormStatistics statistics,
        bool silu,
        GradientSums sums)
    {
        var (shape, ofX) = (NormShape.Of(x, statistics.Groups, gain.Segments), empty_like(x));
        var (ofWeight, ofBias) = ((nint)TensorMemory.Address<float>(sums.Weight), (nint)TensorMemory.Address<float>(sums.Bias));
        var ofModulation = x.dtype == ScalarType.Float32
            ? NormBackward<float, Float32Lanes>.Run(shape, gradient, x, gain, statistics, silu, ofX, (float*)ofWeight, (float*)ofBias)
            : NormBackward<ushort, BFloat16Lanes>.Run(shape, gradient, x, gain, statistics, silu, ofX, (float*)ofWeight, (float*)ofBias);
        return (ofX, ofModulation);
    }

    /// <summary>The same by libtorch's operations, for other devices and formats.</summary>
    internal static Tensor ApplyAsTensors(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu)
    {
        using var scope = NewDisposeScope();
        var (samples, channels) = (x.size(0), x.size(-1));
        if (modulation is { } each && each.dim() == 3) return BySegments(x, weight, bias, each, groups, silu).MoveToOuterDisposeScope();
        var (gain, offset) = (weight.expand(samples, channels), bias.expand(samples, channels));
        if (modulation is not null)
        {
            var parts = modulation.chunk(2, dim: 1);
            var scale = parts[0].Plus(1);
            (gain, offset) = (gain * scale, parts[1].PlusProduct(offset, scale));
        }
        // [N,…,C] → [1,N*C,T]: every sample has its own gain and bias, so samples become further groups of channels.
        var joined = x.reshape(samples, -1, channels).transpose(1, 2).reshape(1, samples * channels, -1);
        var normed = nn.functional.group_norm(joined, groups * samples, gain.flatten(), offset.flatten(), Epsilon);
        if (silu) normed = nn.functional.silu(normed);
        return normed.view(samples, channels, -1).transpose(1, 2).reshape(x.shape).MoveToOuterDisposeScope();
    }

    /// <summary>The same where segments have scales and shifts of their own, [N,S,2C].</summary>
    private static Tensor BySegments(Tensor x, Tensor weight, Tensor bias, Tensor modulation, int groups, bool silu)
    {
        using var scope = NewDisposeScope();
        var normed = ApplyAsTensors(x, weight, bias, null, groups, silu: false).flatten(1, -2); // [N,…,C] → [N,R,C]
        var (rows, segments) = (normed.size(1), modulation.size(1));
        var segment = TensorArithmetic.Range(rows, ScalarType.Int64, x.device).Times(2).Plus(1).Times(segments).FloorDividedBy(2 * rows);
        var parts = modulation.to_type(x.dtype).index_select(1, segment).chunk(2, dim: 2); // [N,S,2C] → two of [N,R,C]
        var result = parts[1].PlusProduct(normed, parts[0].Plus(1));
        return (silu ? nn.functional.silu(result) : result).view(x.shape).MoveToOuterDisposeScope();
    }

    private static bool IsFast(Tensor x) =>
        x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && x.size(-1) % ILanes<float>.Count == 0;
}

/// <summary><see cref="FusedNorm"/> with a backward pass of its own, which keeps nothing but the input.</summary>
internal sealed class DifferentiableNorm : autograd.SingleTensorFunction<DifferentiableNorm>
{
    private const string NormKey = "norm";

    public override string Name => nameof(DifferentiableNorm);

    internal static Tensor Apply(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu, GradientSums? sums = null)
    {
        var norm = new Norm(new NormGain(weight, bias, modulation), groups, silu, GradientSums.For(sums, x));
        return norm.Sums is null ? apply(x, weight, bias, modulation!, norm) : apply(x, null!, null!, modulation!, norm);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, norm) = (((Tensor)vars[0]).contiguous(), (Norm)vars[4]);
        var (result, statistics) = FusedNorm.Forward(x, norm.Gain, norm.Groups, norm.Silu);
        norm.Statistics = statistics;
        ctx.save_for_backward([x]);
        ctx.save_data(NormKey, norm);
        return result;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var given = grad_output;
        var (x, norm) = (ctx.get_saved_variables()[0], (Norm)ctx.get_data(NormKey));
        var channels = x.size(-1);
        var sums = norm.Sums ?? new GradientSums(zeros(channels), zeros(channels));
        var (ofX, ofModulation) = FusedNorm.Backward(grad_output.contiguous(), x, norm.Gain, norm.Statistics!, norm.Silu, sums);
        return norm.Sums is null
            ? GradientRelease.Of(ofX, sums.Weight, sums.Bias, ofModulation, null)
            : GradientRelease.Of(ofX, null, null, ofModulation, null);
    }

    private sealed record Norm(NormGain Gain, int Groups, bool Silu, GradientSums? Sums)
    {
        internal NormStatistics? Statistics { get; set; }
    }
}

/// <summary>Mean and 1/standard deviation of each sample's groups, in the order of the samples.</summary>
/// <param name="samples">N.</param>
/// <param name="groups">Groups of a sample.</param>
internal sealed class NormStatistics(int samples, int groups)
{
    /// <summary>Groups of a sample.</summary>
    internal int Groups => groups;

    /// <summary>[N*groups]</summary>
    internal double[] Mean { get; } = new double[samples * groups];

    /// <summary>[N*groups]</summary>
    internal double[] InverseDeviation { get; } = new double[samples * groups];
}

/// <summary>
/// How features [N,…,C] are normed: each sample's rows of C channels, in pieces small enough for a cache, by several threads.
/// </summary>
/// <param name="Samples">N.</param>
/// <param name="Rows">Product of the extents between samples and channels.</param>
/// <param name="Channels">C, a multiple of the groups.</param>
/// <param name="Groups">Groups of neighbouring channels that share a mean and a variance.</param>
/// <param name="Segments">
/// Runs of rows that are scaled and shifted each on its own, S: row i belongs to segment ⌊(i+½)·S/Rows⌋.
/// </param>
internal readonly record struct NormShape(int Samples, int Rows, int Channels, int Groups, int Segments)
{
    internal int ChannelsPerGroup => Channels / Groups;

    /// <summary>Rows of a piece, at most.</summary>
    internal int PieceRows => Math.Clamp(Threads.LeastWork / Channels, 1, Rows);

    internal int PiecesPerSample => Ceiling.Of(Rows, PieceRows);

    /// <summary>Sums of all pieces of a sample, or the scales of all its segments if they are more.</summary>
    internal long SumLength => (long)Math.Max(PiecesPerSample, Segments) * Channels;

    /// <summary>Numbers of a sample.</summary>
    internal long SampleLength => (long)Rows * Channels;

    /// <summary>The shape of features whose last dimension is the channels.</summary>
    internal static NormShape Of(Tensor x, int groups, int segments = 1)
    {
        var (samples, channels) = ((int)x.size(0), (int)x.size(-1));
        return new NormShape(samples, (int)(x.numel() / channels / samples), channels, groups, segments);
    }

    /// <summary>The first row of a segment; for S, the number of rows.</summary>
    internal int SegmentStart(int segment) => (int)((2L * segment * Rows + Segments - 1) / (2L * Segments));

    /// <summary>The segment of a row.</summary>
    internal int SegmentOf(int row) => (int)((2L * row + 1) * Segments / (2L * Rows));

    /// <summary>Runs an action on every piece: its number in its sample, its sample, its first row, its rows.</summary>
    internal void ForEachPiece(Action<int, int, int, int> action)
    {
        var (pieces, pieceRows, rows) = (PiecesPerSample, PieceRows, Rows);
        Threads.For(Samples * pieces, Samples * SampleLength, index =>
        {
            var (sample, piece) = (index / pieces, index % pieces);
            action(piece, sample, piece * pieceRows, Math.Min(pieceRows, rows - piece * pieceRows));
        });
    }

    /// <summary>Pieces of a segment, at most.</summary>
    internal int PiecesPerSegment => Ceiling.Of(Ceiling.Of(Rows, Segments), PieceRows);

    /// <summary>
    /// Runs an action on every piece of every segment: its number in the segment, the segment, its sample, where it begins, its rows, which
    /// may be none.
    /// </summary>
    internal void ForEachPieceOfSegments(Action<int, int, int, long, int> action)
    {
        var shape = this;
        var (pieces, pieceRows, segments) = (PiecesPerSegment, PieceRows, Segments);
        Threads.For(Samples * segments * pieces, Samples * SampleLength, index =>
        {
            var (sample, segment, piece) = (index / (segments * pieces), index / pieces % segments, index % pieces);
            var (row, end) = (shape.SegmentStart(segment) + piece * pieceRows, shape.SegmentStart(segment + 1));
            action(piece, segment, sample, ((long)sample * shape.Rows + row) * shape.Channels, Math.Clamp(end - row, 0, pieceRows));
        });
    }

    /// <summary>Runs an action on every sample.</summary>
    /// <param name="elements">That it goes through for each.</param>
    /// <param name="action">Given a sample.</param>
    internal void ForEachSample(long elements, Action<int> action) => Threads.For(Samples, Samples * elements, action);
}

/// <summary>
/// What a norm multiplies with and adds to each sample's channels: its own weight and bias, scaled and shifted by the timestep where that
/// is asked for, either a whole sample alike or each of its segments (frames, or their audio) by a timestep of its own.
/// </summary>
internal sealed unsafe class NormGain
{
    private readonly int _channels;
    private readonly float[] _weight;
    private readonly float[] _bias;
    private readonly float[]? _modulation;
    private readonly long[] _shape;

    /// <param name="weight">float32 [C].</param>
    /// <param name="bias">float32 [C].</param>
    /// <param name="modulation">float32 [N,2C] or [N,S,2C], scale and shift side by side; null for neither.</param>
    internal NormGain(Tensor weight, Tensor bias, Tensor? modulation)
    {
        (_weight, _bias, _modulation) = (Read(weight), Read(bias), modulation is null ? null : Read(modulation));
        _channels = _weight.Length;
        _shape = modulation?.shape ?? [];
        Segments = _shape.Length == 3 ? (int)_shape[1] : 1;
    }

    /// <summary>Segments of a sample that are scaled and shifted each on its own, S: 1 where a sample is modulated as a whole.</summary>
    internal int Segments { get; }

    /// <summary>What the channel of a segment is multiplied by.</summary>
    internal float Factor(int sample, int segment, int channel) => Scale(sample * Segments + segment, channel) * _weight[channel];

    /// <summary>With a sample's statistics, norm(x)·gain + bias = x·scale + shift, for each segment.</summary>
    /// <param name="statistics">Of all samples.</param>
    /// <param name="sample">Which.</param>
    /// <param name="scale">[S,C]</param>
    /// <param name="shift">[S,C]</param>
    internal void Fold(NormStatistics statistics, int sample, float* scale, float* shift)
    {
        for (var segment = 0; segment < Segments; segment++, scale += _channels, shift += _channels)
            FoldSegment(statistics, sample, sample * Segments + segment, scale, shift);
    }

    private void FoldSegment(NormStatistics statistics, int sample, int row, float* scale, float* shift)
    {
        var perGroup = _channels / statistics.Groups;
        for (var group = 0; group < statistics.Groups; group++)
        {
            var (mean, inverse) = (statistics.Mean[sample * statistics.Groups + group], statistics.InverseDeviation[sample
                * statistics.Groups + group]);
            for (var c = group * perGroup; c < (group + 1) * perGroup; c++)
            {
                var factor = Scale(row, c) * _weight[c] * inverse;
                scale[c] = (float)factor;
                shift[c] = (float)(Scale(row, c) * _bias[c] + Shift(row, c) - mean * factor);
            }
        }
    }

    /// <summary>
    /// The gradient of the modulation, and those of weight and bias, which are added to what is there: from those of each segment's factors
    /// and summands.
    /// </summary>
    /// <param name="factors">[N*S*C]</param>
    /// <param name="summands">[N*S*C]</param>
    /// <param name="samples">N.</param>
    /// <param name="weight">[C]</param>
    /// <param name="bias">[C]</param>
    /// <returns>Shaped as the modulation; null without one.</returns>
    internal Tensor? Differentiate(ReadOnlySpan<float> factors, ReadOnlySpan<float> summands, int samples, float* weight, float* bias)
    {
        var ofModulation = _modulation is null ? null : empty(_shape);
        var modulation = ofModulation is null ? null : TensorMemory.Address<float>(ofModulation);
        for (var row = 0; row < samples * Segments; row++)
        {
            var ofFactors = factors.Slice(row * _channels, _channels);
            var ofSummands = summands.Slice(row * _channels, _channels);
            for (var c = 0; c < _channels; c++)
            {
                var scale = Scale(row, c);
                weight[c] += ofFactors[c] * scale;
                bias[c] += ofSummands[c] * scale;
                if (modulation == null) continue;
                modulation[2 * row * _channels + c] = ofFactors[c] * _weight[c] + ofSummands[c] * _bias[c];
                modulation[(2 * row + 1) * _channels + c] = ofSummands[c];
            }
        }
        return ofModulation;
    }

    private float Scale(int row, int channel) => _modulation is null ? 1 : 1 + _modulation[2 * row * _channels + channel];

    private float Shift(int row, int channel) => _modulation is null ? 0 : _modulation[(2 * row + 1) * _channels + channel];

    private static float[] Read(Tensor tensor)
    {
        using var whole = tensor.contiguous();
        return new ReadOnlySpan<float>(TensorMemory.Address<float>(whole), (int)tensor.numel()).ToArray();
    }
}
