using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

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
        return new AudioVideo(Add(x.Video, toVideo, _videoProjection.Kernel), Add(x.Audio, toAudio, _audioProjection.Kernel)).MoveToOuter(scope);
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
