using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Coupled;

/// <summary>
/// Random-shift multi-modal attention (RS-MMA, paper section 3.3): the pixels of a frame attend to the sound in a window of w frames, and
/// the sound of a frame to the pixels in its window. The windows of both modalities start s frames later, wrapping around.
/// </summary>
internal sealed class CrossAttention : Module, ICoupledLayer
{
    private readonly long _heads;
    private readonly int _window;
    private readonly int? _shiftIndex;

    [ComponentName(Name = "v_norm")]
    private readonly NestedGroupNorm _videoNorm;

    [ComponentName(Name = "a_norm")]
    private readonly NestedGroupNorm _audioNorm;

    [ComponentName(Name = "v_qkv")]
    private readonly Kernel _videoQkv;

    [ComponentName(Name = "a_qkv")]
    private readonly Kernel _audioQkv;

    [ComponentName(Name = "video_proj_out")]
    private readonly VideoConv3d _videoProjection;

    [ComponentName(Name = "audio_proj_out")]
    private readonly AudioConv _audioProjection;

    /// <param name="channels">Channels of both modalities.</param>
    /// <param name="headChannels">Channels of a head.</param>
    /// <param name="window">Frames in a window.</param>
    /// <param name="shiftIndex">Which of the forward pass's shifts is this block's; null where windows stay in place.</param>
    /// <param name="device">Where the parameters live.</param>
    internal CrossAttention(long channels, int headChannels, int window, int? shiftIndex, Device device) : base(nameof(CrossAttention))
    {
        _heads = channels / headChannels;
        _window = window;
        _shiftIndex = shiftIndex;
        _videoNorm = new NestedGroupNorm(channels, device);
        _audioNorm = new NestedGroupNorm(channels, device);
        _videoQkv = new Kernel([3 * channels, channels, 1], device);
        _audioQkv = new Kernel([3 * channels, channels, 1], device);
        _videoProjection = new VideoConv3d(channels, channels, 1, device, zeroStart: true);
        _audioProjection = new AudioConv(channels, channels, 1, device, zeroStart: true);
        RegisterComponents();
    }

    public AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned)
    {
        using var scope = NewDisposeScope();
        var (frames, pixels, samples) = (x.Video.size(1), x.Video.size(2) * x.Video.size(3), x.Audio.size(1));
        var shift = _shiftIndex is { } index ? shifts[index] : [0L];
        var video = QueryKeyValue(x.Video, _videoNorm, _videoQkv);
        var audio = QueryKeyValue(x.Audio, _audioNorm, _audioQkv);
        var videoWindows = new FrameWindows(frames, _window, tokensPerFrame: pixels, frames * pixels, shift);
        var audioWindows = new FrameWindows(frames, _window, tokensPerFrame: samples / frames, samples, shift);
        var (toVideo, toAudio) = LayerClock.Time(() => (
            audioWindows.Attend(video.Query, pixels, audio.Key, audio.Value, _heads),
            videoWindows.Attend(audio.Query, samples / frames, video.Key, video.Value, _heads)));
        return new AudioVideo(Add(x.Video, toVideo, _videoProjection.Kernel), Add(x.Audio, toAudio, _audioProjection.Kernel))
            .MoveToOuter(scope);
    }

    /// <summary>[B,…,C] → three of [B,T,C]</summary>
    private static (Tensor Query, Tensor Key, Tensor Value) QueryKeyValue(Tensor x, NestedGroupNorm norm, Kernel kernel)
    {
        var tokens = norm.forward(x).view(x.size(0), -1, x.size(-1)); // [B,…,C] → [B,T,C]
        var parts = kernel.forward(tokens).chunk(3, dim: 2);
        return (parts[0], parts[1], parts[2]);
    }

    /// <summary>x + projection of the attended tokens [B,T,C].</summary>
    private static Tensor Add(Tensor x, Tensor attended, Kernel projection) =>
        Residual.Add(projection.forward(attended).view_as(x), x); // [B,T,C] → [B,…,C]
}

/// <summary>
/// Which tokens of the other modality each frame's queries see: frame i sees the tokens (i·A + s·A + j) mod L for j in 0 … w·A-1,
/// where A tokens belong to a frame and L tokens to the clip (more than F·A where a sound does not divide evenly).
/// </summary>
/// <remarks>All frames are attended in one call.</remarks>
internal sealed class FrameWindows
{
    private readonly long _frames;
    private readonly long _size;
    private readonly long _tokensPerFrame;
    private readonly long _tokens;
    private readonly IReadOnlyList<long> _shifts;

    /// <param name="frames">Frames of the clip, F.</param>
    /// <param name="window">Frames in a window, w.</param>
    /// <param name="tokensPerFrame">Keys of a frame, A.</param>
    /// <param name="tokens">Keys of the clip, L.</param>
    /// <param name="shifts">Frames that the windows are shifted by: one for the batch, or one for each sample.</param>
    internal FrameWindows(long frames, int window, long tokensPerFrame, long tokens, IReadOnlyList<long> shifts)
    {
        _frames = frames;
        _size = window * tokensPerFrame;
        _tokensPerFrame = tokensPerFrame;
        _tokens = tokens;
        _shifts = shifts;
    }

    /// <summary>Lets the queries of every frame attend to its window.</summary>
    /// <param name="query">[B,T,C]; the tokens behind the last frame's belong to the last frame.</param>
    /// <param name="queriesPerFrame">Queries of a frame.</param>
    /// <param name="key">[B,L,C]</param>
    /// <param name="value">[B,L,C]</param>
    /// <param name="heads">Heads that C is split into.</param>
    /// <returns>[B,T,C]</returns>
    internal Tensor Attend(Tensor query, long queriesPerFrame, Tensor key, Tensor value, long heads)
    {
        using var scope = NewDisposeScope();
        if (_size == _tokens) return Attend(query, key, value, heads).MoveToOuterDisposeScope();
        var (q, k, v) = (Attention.SplitHeads(query, heads), Attention.SplitHeads(key, heads), Attention.SplitHeads(value, heads));
        if (FusedAttention.Takes(q, k, v))
        {
            OperationCounter.AddAttention(q.numel(), _size);
            return FusedAttention.Apply(q, k, v, Spans(query.size(0), query.size(1), queriesPerFrame)).MoveToOuterDisposeScope();
        }
        return AttendToCopies(query, queriesPerFrame, key, value, heads).MoveToOuterDisposeScope();
    }

    /// <summary>The windows of every frame of every sample.</summary>
    private AttentionSpan[] Spans(long batch, long queries, long queriesPerFrame) =>
    [
        .. from sample in Enumerable.Range(0, (int)batch)
           from frame in Enumerable.Range(0, (int)_frames)
           let first = frame * queriesPerFrame
           let count = frame == _frames - 1 ? queries - first : queriesPerFrame
           let firstKey = (frame + _shifts[_shifts.Count == 1 ? 0 : sample]) * _tokensPerFrame % _tokens
           select new AttentionSpan(sample, (int)first, (int)count, (int)firstKey, (int)_size),
    ];

    /// <summary>
    /// The same where windows have to be brought together first: rotated by the shift and extended by its own start, they are overlapping
    /// views.
    /// </summary>
    private Tensor AttendToCopies(Tensor query, long queriesPerFrame, Tensor key, Tensor value, long heads)
    {
        var (batch, inFrames) = (query.size(0), _frames * queriesPerFrame);
        var (keys, values) = (Windows(key), Windows(value));
        var framed = query.narrow(1, 0, inFrames).reshape(batch * _frames, queriesPerFrame, -1); // [B,F*Q,C] → [B*F,Q,C]
        var attended = Attend(framed, keys.flatten(0, 1), values.flatten(0, 1), heads).view(batch, inFrames, -1);
        var rest = query.size(1) - inFrames;
        if (rest == 0) return attended;
        var last = Attend(query.narrow(1, inFrames, rest), keys.select(1, _frames - 1), values.select(1, _frames - 1), heads);
        return cat([attended, last], dim: 1);
    }

    private static Tensor Attend(Tensor query, Tensor key, Tensor value, long heads) =>
        Attention.Attend(Attention.SplitHeads(query, heads), Attention.SplitHeads(key, heads), Attention.SplitHeads(value, heads));

    /// <summary>[B,L,C] → [B,F,w*A,C], a view where nothing wraps around.</summary>
    private Tensor Windows(Tensor tokens)
    {
        var extended = Extend(tokens, (_frames - 1) * _tokensPerFrame + _size);
        return _size == _tokensPerFrame
            ? extended.unflatten(1, _frames, _size)
            : DifferentiableWindows.Apply(extended, _tokensPerFrame, _size);
    }

    private Tensor Extend(Tensor tokens, long extent)
    {
        if (_shifts.All(shift => shift == _shifts[0])) return Extend(tokens, extent, _shifts[0]);
        return cat([.. _shifts.Select((shift, sample) => Extend(tokens.narrow(0, sample, 1), extent, shift))], dim: 0);
    }

    /// <summary>Tokens from the shift on, again and again from the first, until there are as many as the windows reach.</summary>
    private Tensor Extend(Tensor tokens, long extent, long shift)
    {
        var parts = new List<Tensor>();
        for (var (first, left) = (shift * _tokensPerFrame % _tokens, extent); left > 0; first = 0)
        {
            var count = Math.Min(left, _tokens - first);
            parts.Add(tokens.narrow(1, first, count));
            left -= count;
        }
        return parts is [var whole] ? whole : cat(parts, dim: 1);
    }
}

/// <summary>
/// Windows of several frames that overlap, as views of the same tokens, with a backward pass of their own: each frame's gradient is the sum
/// of those in the windows that see it, taken for all windows at once. libtorch's own goes through the tokens one by one.
/// </summary>
internal sealed class DifferentiableWindows : autograd.SingleTensorFunction<DifferentiableWindows>
{
    private const string FrameKey = "frame";

    public override string Name => nameof(DifferentiableWindows);

    /// <summary>[B,(F+w-1)*A,C] → [B,F,w*A,C]</summary>
    /// <param name="tokens">Tokens of all frames, and again of the first w-1.</param>
    /// <param name="frame">Tokens of a frame, A.</param>
    /// <param name="window">Tokens of a window, w*A.</param>
    internal static Tensor Apply(Tensor tokens, long frame, long window) =>
        is_grad_enabled() && tokens.requires_grad ? apply(tokens, frame, window) : Unfold(tokens, frame, window);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (tokens, frame, window) = ((Tensor)vars[0], (long)vars[1], (long)vars[2]);
        ctx.save_data(FrameKey, frame);
        using var scope = NewDisposeScope();
        return Unfold(tokens, frame, window).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var frame = (long)ctx.get_data(FrameKey);
        var (batch, frames, inWindow) = (grad_output.size(0), grad_output.size(1), grad_output.size(2) / frame);
        var channels = grad_output.size(3);
        var windows = grad_output.view(batch, frames, inWindow, frame, channels); // [B,F,w*A,C] → [B,F,w,A,C]
        var sum = zeros([batch, frames + inWindow - 1, frame, channels], grad_output.dtype, grad_output.device);
        for (var place = 0L; place < inWindow; place++) sum.narrow(1, place, frames).AddInPlace(windows.select(2, place));
        return GradientRelease.Of(sum.flatten(1, 2), null, null);
    }

    // [B,F,C,w*A] → [B,F,w*A,C]
    private static Tensor Unfold(Tensor tokens, long frame, long window) => tokens.unfold(1, window, frame).transpose(2, 3);
}
