using MmDiffusion.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>
/// The audio branch of AudioCLIP (Guzhov et al., 2022): ESResNeXt-fbsp (Guzhov et al., 2021), a ResNeXt-50 (32×4d) with an attention branch
/// beside each stage, over the log-power spectrogram of learned B-spline wavelets. Names and shapes are those behind <c>audio.</c> in the
/// published <c>AudioCLIP-Full-Training.pt</c>; features are raw, as the published evaluation of MM-Diffusion takes them.
/// </summary>
internal sealed class AudioclipNetwork : Module<Tensor, Tensor>
{
    internal const int Features = 1024;

    private const int Bands = 3;
    private const double PowerFloor = 1e-18;

    [ComponentName(Name = "window")]
    private readonly Tensor _window;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _stem = Conv2d(Bands, 64, 7, stride: 2, padding: 3, bias: false);

    [ComponentName(Name = "bn1")]
    private readonly BatchNorm _stemNorm = new(64);

    [ComponentName(Name = "layer1")]
    private readonly ModuleList<ResNextBlock> _stage1 = ResNextBlock.Stage(64, 128, 3, 1);

    [ComponentName(Name = "att1")]
    private readonly AudioclipAttention _attention1 = new(64, 256, 3, 1);

    [ComponentName(Name = "layer2")]
    private readonly ModuleList<ResNextBlock> _stage2 = ResNextBlock.Stage(256, 256, 4, 2);

    [ComponentName(Name = "att2")]
    private readonly AudioclipAttention _attention2 = new(256, 512, 1, 5);

    [ComponentName(Name = "layer3")]
    private readonly ModuleList<ResNextBlock> _stage3 = ResNextBlock.Stage(512, 512, 6, 2);

    [ComponentName(Name = "att3")]
    private readonly AudioclipAttention _attention3 = new(512, 1024, 3, 1);

    [ComponentName(Name = "layer4")]
    private readonly ModuleList<ResNextBlock> _stage4 = ResNextBlock.Stage(1024, 1024, 3, 2);

    [ComponentName(Name = "att4")]
    private readonly AudioclipAttention _attention4 = new(1024, 2048, 1, 5);

    [ComponentName(Name = "att5")]
    private readonly AudioclipAttention _attention5 = new(2048, 2048, 3, 5);

    [ComponentName(Name = "fc")]
    private readonly Linear _projection = Linear(2048, Features);

    [ComponentName(Name = "fbsp")]
    private readonly SplineWavelets _wavelets = new();

    internal AudioclipNetwork() : base(nameof(AudioclipNetwork))
    {
        _window = zeros(AudioFrames.Length).DetachFromDisposeScope();
        RegisterComponents();
        eval();
    }

    /// <summary>Audio to features.</summary>
    /// <param name="audio">
    /// [B,1,L] at 44.1 kHz, any L from 1. The network divides by the range of int16, with which it was trained; the published evaluation of
    /// MM-Diffusion gives it samples in [-1, 1] all the same.
    /// </param>
    /// <returns>[B,1024].</returns>
    public override Tensor forward(Tensor audio)
    {
        using var scope = NewDisposeScope();
        var h = functional.max_pool2d(_stemNorm.forward(_stem.forward(Decibels(audio))).relu_(), 3, stride: 2, padding: 1);
        h = Attended(h, ResNextBlock.Run(_stage1, h), _attention1);
        h = Attended(h, ResNextBlock.Run(_stage2, h), _attention2);
        h = Attended(h, ResNextBlock.Run(_stage3, h), _attention3);
        h = Attended(h, ResNextBlock.Run(_stage4, h), _attention4);
        h = Attended(h, h.mean([2, 3], keepdim: true), _attention5);
        return _projection.forward(h.flatten(1)).MoveToOuterDisposeScope(); // [B,2048,1,1] → [B,1024]
    }

    /// <summary>The log-power spectrogram.</summary>
    /// <param name="audio">[B,1,L].</param>
    /// <returns>[B,3,341,T]: the lowest 1,023 of 1,025 frequencies as three bands.</returns>
    internal Tensor Decibels(Tensor audio)
    {
        using var scope = NewDisposeScope();
        // One operation after the other in float32, as published: samples in [-1, 1] lose most of their bits here.
        var scaled = audio.flatten(1).Plus(32768.0).Times(2.0).DividedBy(65535.0).Minus(1.0);
        var (real, imaginary) = _wavelets.Transform(AudioFrames.Of(scaled, _window)); // each [B,T,1025]
        var power = real.Squared().Plus(imaginary.Squared()).transpose(1, 2);           // → [B,1025,T]
        var bands = power.narrow(1, 0, power.shape[1] / Bands * Bands).unflatten(1, [Bands, -1]);
        return where(bands.GreaterThan(0), bands, TensorArithmetic.Full([1], PowerFloor)).log10().Times(10).MoveToOuterDisposeScope();
    }

    /// <summary>A stage's result, weighted by what its attention branch sees of its input.</summary>
    private static Tensor Attended(Tensor input, Tensor output, AudioclipAttention attention) => output * attention.forward(input, output);
}

/// <summary>Overlapping windows of audio, the last of them filled up.</summary>
internal static class AudioFrames
{
    internal const int Length = 1654;

    private const int Hop = 561;
    private const int Transformed = 2048;

    /// <summary>[B,L] → [B,T,2048], silence before and after, T as few as hold every sample.</summary>
    internal static Tensor Of(Tensor audio, Tensor window)
    {
        using var scope = NewDisposeScope();
        var missing = audio.shape[1] <= Length ? Length - audio.shape[1] : (Hop - (audio.shape[1] - Length) % Hop) % Hop;
        var frames = functional.pad(audio, [missing / 2, missing - missing / 2]).unfold(1, Length, Hop) * window;
        var beside = Transformed - Length;
        return functional.pad(frames, [beside / 2, beside - beside / 2]).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A linear transform by frequency B-spline wavelets: for each of 1,025 frequencies √fb · sinc(fb·t/m)^m · e^(−i·fc·t), with t from −π to
/// π.
/// </summary>
internal sealed class SplineWavelets : Module
{
    private const int Frequencies = 1025;
    private const double Epsilon = 1e-8;

    [ComponentName(Name = "m")]
    private readonly Parameter _order = new(zeros(Frequencies));

    [ComponentName(Name = "fb")]
    private readonly Parameter _bandwidth = new(ones(Frequencies));

    [ComponentName(Name = "fc")]
    private readonly Parameter _centre = new(TensorArithmetic.Range(Frequencies, ScalarType.Float32));

    // The published module has none, and stores it.
    [ComponentName(Name = "bias")]
    private readonly Parameter _bias = new(zeros(0));

    internal SplineWavelets() : base(nameof(SplineWavelets)) => RegisterComponents();

    /// <summary>Real and imaginary part of the transform of the last dimension.</summary>
    internal (Tensor Real, Tensor Imaginary) Transform(Tensor frames)
    {
        using var scope = NewDisposeScope();
        var samples = frames.shape[^1];
        var t = tensor([.. Enumerable.Range(0, (int)samples).Select(i =>
            (float)(2.0 * i / (samples - 1) - 1) * (float)Math.PI + (float)Epsilon)]);
        var (m, fb, fc) = (_order.unsqueeze(1), _bandwidth.unsqueeze(1), _centre.unsqueeze(1)); // [1025] → [1025,1]
        var x = fb * t / m.Plus(Epsilon);
        var sinc = where(x.EqualTo(0), ones_like(x), x.sin() / x);
        // A real number to a real power: where it is negative, its phase is π.
        var magnitude = sinc.Squared().pow(m.Times(0.5));
        var phase = m * where(sinc.LessThan(0), TensorArithmetic.Full([1], Math.PI), zeros_like(sinc));
        var scale = (fb.sqrt() * magnitude).DividedBy(Math.Sqrt(samples));
        // cos − i sin of fc·t, turned by the phase: e^(i(phase − fc·t)).
        var angle = fc * t;
        var (cos, sin, turnCos, turnSin) = (angle.cos(), angle.sin(), phase.cos(), phase.sin());
        var real = functional.linear(frames, scale * (turnCos * cos).Plus(turnSin * sin));
        var imaginary = functional.linear(frames, scale * (turnSin * cos).Plus(turnCos * sin, -1));
        return (real.MoveToOuterDisposeScope(), imaginary.MoveToOuterDisposeScope());
    }
}

/// <summary>ResNeXt's block: narrow, 32 groups of 3×3, wide, beside the identity or a 1×1 convolution.</summary>
internal sealed class ResNextBlock : Module<Tensor, Tensor>
{
    private const int Groups = 32;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _narrow;

    [ComponentName(Name = "bn1")]
    private readonly BatchNorm _narrowNorm;

    [ComponentName(Name = "conv2")]
    private readonly Conv2d _grouped;

    [ComponentName(Name = "bn2")]
    private readonly BatchNorm _groupedNorm;

    [ComponentName(Name = "conv3")]
    private readonly Conv2d _wide;

    [ComponentName(Name = "bn3")]
    private readonly BatchNorm _wideNorm;

    [ComponentName(Name = "downsample")]
    private readonly Sequential? _shortcut;

    private ResNextBlock(long inChannels, long width, long stride, bool changes) : base(nameof(ResNextBlock))
    {
        var outChannels = 2 * width;
        (_narrow, _narrowNorm) = (Conv2d(inChannels, width, 1, bias: false), new BatchNorm(width));
        (_grouped, _groupedNorm) =
            (Conv2d(width, width, 3, stride: stride, padding: 1, groups: Groups, bias: false), new BatchNorm(width));
        (_wide, _wideNorm) = (Conv2d(width, outChannels, 1, bias: false), new BatchNorm(outChannels));
        if (changes)
            _shortcut = Sequential(
                ("0", Conv2d(inChannels, outChannels, 1, stride: stride, bias: false)),
                ("1", new BatchNorm(outChannels)));
        RegisterComponents();
    }

    /// <summary>The blocks of a stage, of which the first changes channels and size.</summary>
    internal static ModuleList<ResNextBlock> Stage(long inChannels, long width, int blocks, long stride) => new([.. Enumerable
        .Range(0, blocks)
        .Select(i => i == 0 ? new ResNextBlock(inChannels, width, stride, true) : new ResNextBlock(2 * width, width, 1, false))]);

    internal static Tensor Run(ModuleList<ResNextBlock> stage, Tensor x) => stage.Aggregate(x, (h, block) => block.forward(h));

    /// <summary>[B,C,H,W] → [B,2·width,⌈H/stride⌉,⌈W/stride⌉].</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = _narrowNorm.forward(_narrow.forward(x)).relu_();
        h = _groupedNorm.forward(_grouped.forward(h)).relu_();
        h = _wideNorm.forward(_wide.forward(h));
        return h.AddInPlace(_shortcut?.forward(x) ?? x).relu_().MoveToOuterDisposeScope();
    }
}

/// <summary>Weights in (0, 1) for a stage's result from its input, by a convolution over frequency, time or both.</summary>
internal sealed class AudioclipAttention : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "conv_depth")]
    private readonly Conv2d _depthwise;

    [ComponentName(Name = "conv_point")]
    private readonly Conv2d _pointwise;

    [ComponentName(Name = "bn")]
    private readonly BatchNorm _norm;

    internal AudioclipAttention(long inChannels, long outChannels, long rows, long columns) : base(nameof(AudioclipAttention))
    {
        _depthwise = Conv2d(inChannels, inChannels, (rows, columns), padding: (rows / 2, columns / 2), groups: inChannels);
        _pointwise = Conv2d(inChannels, outChannels, 1);
        _norm = new BatchNorm(outChannels);
        RegisterComponents();
    }

    /// <param name="input">[B,in,H,W].</param>
    /// <param name="output">[B,out,h,w], of which only the size matters.</param>
    /// <returns>[B,out,h,w].</returns>
    public override Tensor forward(Tensor input, Tensor output)
    {
        using var scope = NewDisposeScope();
        var pooled = functional.adaptive_max_pool2d(input, [output.shape[2], output.shape[3]]);
        return _norm.forward(_pointwise.forward(_depthwise.forward(pooled))).sigmoid().MoveToOuterDisposeScope();
    }
}
