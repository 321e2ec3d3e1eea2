using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Coupled;

/// <summary>
/// The residual block of both modalities side by side, modulated by the timestep, and self-attention behind it where asked.
/// Here the resampling comes after the first convolution.
/// </summary>
internal sealed class CoupledResidualBlock : Module, ICoupledLayer
{
    private readonly Func<Tensor, Tensor> _resampleVideo;
    private readonly Func<Tensor, Tensor> _resampleAudio;

    [ComponentName(Name = "video_in_layers")]
    private readonly InLayers<VideoConv2dPlus1d> _videoIn;

    [ComponentName(Name = "audio_in_layers")]
    private readonly InLayers<AudioConv> _audioIn;

    [ComponentName(Name = "emb_layers")]
    private readonly EmbeddingLayers _embedding;

    [ComponentName(Name = "video_out_layers")]
    private readonly OutLayers<VideoConv3d> _videoOut;

    [ComponentName(Name = "audio_out_layers")]
    private readonly OutLayers<AudioConv> _audioOut;

    [ComponentName(Name = "video_skip_connection")]
    private readonly VideoConv3d? _videoSkip;

    [ComponentName(Name = "audio_skip_connection")]
    private readonly AudioConv? _audioSkip;

    [ComponentName(Name = "spatial_attention_block")]
    private readonly SelfAttention? _spatialAttention;

    [ComponentName(Name = "temporal_attention_block")]
    private readonly SelfAttention? _temporalAttention;

    [ComponentName(Name = "audio_attention_block")]
    private readonly SelfAttention? _audioAttention;

    internal CoupledResidualBlock(CoupledResidualBlockOptions options, Device device) : base(nameof(CoupledResidualBlock))
    {
        var (inChannels, outChannels) = (options.InChannels, options.OutChannels);
        (_resampleVideo, _resampleAudio) = options.Resample switch
        {
            Resample.Down => (Resampling.HalveImages, Resampling.QuarterAudio),
            Resample.Up => (Resampling.DoubleImages, Resampling.QuadrupleAudio),
            _ => ((Func<Tensor, Tensor>)Resampling.None, (Func<Tensor, Tensor>)Resampling.None),
        };
        _videoIn = new(new NestedGroupNorm(inChannels, device), new VideoConv2dPlus1d(inChannels, outChannels, device));
        _audioIn = new(new NestedGroupNorm(inChannels, device), new AudioConv(inChannels, outChannels, 3, device, options.AudioDilation));
        _embedding = new(options.EmbeddingChannels, outChannels, device);
        _videoOut = new(
            new NestedGroupNorm(outChannels, device),
            new VideoConv3d(outChannels, outChannels, 1, device, zeroStart: true),
            options.Dropout);
        _audioOut = new(
            new NestedGroupNorm(outChannels, device),
            new AudioConv(outChannels, outChannels, 1, device, zeroStart: true),
            options.Dropout);
        if (inChannels != outChannels)
        {
            _videoSkip = new VideoConv3d(inChannels, outChannels, 1, device);
            _audioSkip = new AudioConv(inChannels, outChannels, 1, device);
        }
        if (options.VideoAttention)
        {
            _spatialAttention = NewAttention();
            _temporalAttention = NewAttention();
        }
        if (options.AudioAttention) _audioAttention = NewAttention();
        RegisterComponents();

        SelfAttention NewAttention() =>
            new(outChannels, options.SelfAttentionHeads, HeadOrder.QkvFirst, new NestedGroupNorm(outChannels, device), device);
    }

    public AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned)
    {
        using var scope = NewDisposeScope();
        var modulation = _embedding.forward(embedding);
        // [B,2C] for both; [B,2,2C] → [B,2C] each; [B,2,F,2C] → [B,F,2C] each, by frame
        var (ofVideo, ofAudio) = modulation.dim() == 2 ? (modulation, modulation) : (modulation.select(1, 0), modulation.select(1, 1));
        var video = Branch(x.Video, ofVideo, _videoIn, _videoOut, _videoSkip, _resampleVideo, owned);
        var audio = Branch(x.Audio, ofAudio, _audioIn, _audioOut, _audioSkip, _resampleAudio, owned);
        if (_spatialAttention is not null) video = AttendWithinFrames(video, _spatialAttention);
        if (_temporalAttention is not null) video = AttendAlongTime(video, _temporalAttention);
        if (_audioAttention is not null) audio = _audioAttention.forward(audio);
        return new AudioVideo(video, audio).MoveToOuter(scope);
    }

    private static Tensor Branch<TIn, TOut>(
        Tensor x,
        Tensor modulation,
        InLayers<TIn> inLayers,
        OutLayers<TOut> outLayers,
        Module<Tensor, Tensor>? skip,
        Func<Tensor, Tensor> resample,
        bool owned)
        where TIn : Module<Tensor, Tensor>
        where TOut : Module<Tensor, Tensor>
    {
        using var scope = NewDisposeScope();
        var mixed = skip?.forward(x); // First, so that the norm may overwrite x. Channels change only where the size does not.
        var h = outLayers.Forward(resample(inLayers.Forward(x, owned: owned && mixed is not null)), modulation);
        return Residual.Add(h, mixed ?? resample(x)).MoveToOuterDisposeScope();
    }

    private static Tensor AttendWithinFrames(Tensor video, SelfAttention attention)
    {
        using var scope = NewDisposeScope();
        var frames = video.flatten(0, 1).flatten(1, 2); // [B,F,H,W,C] → [B*F,H*W,C]
        return attention.forward(frames).view_as(video).MoveToOuterDisposeScope();
    }

    private Tensor AttendAlongTime(Tensor video, SelfAttention attention)
    {
        using var scope = NewDisposeScope();
        // Not in training: what is computed again for the backward pass must be computed the same both times.
        // [B,F,H,W,C] → [B,F,H*W,C]
        if (!training && !is_grad_enabled()) return attention.AlongFrames(video.flatten(2, 3)).view_as(video).MoveToOuterDisposeScope();
        var (b, f, h, w) = (video.size(0), video.size(1), video.size(2), video.size(3));
        var pixels = video.permute(0, 2, 3, 1, 4).reshape(b * h * w, f, -1); // [B,F,H,W,C] → [B*H*W,F,C]
        return attention.forward(pixels).view(b, h, w, f, -1).permute(0, 3, 1, 2, 4).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>What one residual block of the Coupled U-Net is.</summary>
/// <param name="InChannels">Channels of both inputs.</param>
/// <param name="OutChannels">Channels of both outputs.</param>
internal sealed record CoupledResidualBlockOptions(long InChannels, long OutChannels)
{
    /// <summary>Width of the timestep's embedding.</summary>
    internal required long EmbeddingChannels { get; init; }

    /// <summary>Dilation of the audio convolution.</summary>
    internal required int AudioDilation { get; init; }

    /// <summary>Change of resolution inside the block.</summary>
    internal Resample Resample { get; init; }

    /// <summary>Whether video attends to itself, within frames and then along time.</summary>
    internal bool VideoAttention { get; init; }

    /// <summary>Whether audio attends to itself.</summary>
    internal bool AudioAttention { get; init; }

    /// <summary>Heads of the self-attention.</summary>
    internal int SelfAttentionHeads { get; init; } = 4;

    /// <summary>The network's dropout.</summary>
    internal required Dropout Dropout { get; init; }
}
