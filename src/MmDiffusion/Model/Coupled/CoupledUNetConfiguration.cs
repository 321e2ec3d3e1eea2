using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Model.Coupled;

/// <summary>Sizes of a Coupled U-Net. The defaults are the base model's (paper, Table 1, left column).</summary>
public sealed record CoupledUNetConfiguration
{
    /// <summary>Frames of a clip, F. At least 1; 16 by default.</summary>
    public int Frames { get; init; } = 16;

    /// <summary>Rows of a frame, H: a multiple of 2 per level below the first. 64 by default.</summary>
    public int Height { get; init; } = 64;

    /// <summary>Columns of a frame, W: a multiple of 2 per level below the first. 64 by default.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Audio samples of a clip, L: a multiple of 4 per level below the first. 25,600 (1.6 s at 16 kHz) by default.</summary>
    public int AudioLength { get; init; } = 25_600;

    /// <summary>Channels of the first level, M: a multiple of 32, the groups of a group norm. 128 by default.</summary>
    public int BaseChannels { get; init; } = 128;

    /// <summary>Channels of each level as a multiple of M; their number is the number of levels.</summary>
    public IReadOnlyList<int> ChannelMultipliers { get; init; } = [1, 2, 3, 4];

    /// <summary>Residual blocks of an encoder level; a decoder level has one more. 2 by default.</summary>
    public int BlocksPerLevel { get; init; } = 2;

    /// <summary>Downsampling factors (1, 2, 4, …) of the levels where video attends to itself.</summary>
    public IReadOnlyList<int> VideoAttentionScales { get; init; } = [2, 4, 8];

    /// <summary>Downsampling factors of the levels where video and audio attend to each other.</summary>
    public IReadOnlyList<int> CrossAttentionScales { get; init; } = [2, 4, 8];

    /// <summary>Frames in the window of each cross-attention level, one per <see cref="CrossAttentionScales"/>.</summary>
    public IReadOnlyList<int> CrossAttentionWindows { get; init; } = [1, 4, 8];

    /// <summary>Whether windows are shifted at random (RS-MMA). True by default.</summary>
    public bool CrossAttentionShift { get; init; } = true;

    /// <summary>Channels of a cross-attention head. 64 by default.</summary>
    public int CrossAttentionHeadChannels { get; init; } = 64;

    /// <summary>Heads of self-attention at every width. 4 by default.</summary>
    public int SelfAttentionHeads { get; init; } = 4;

    /// <summary>Whether the outputs have twice the channels, for a learned variance. False by default.</summary>
    public bool LearnSigma { get; init; }

    /// <summary>Whether the timestep scales and shifts the norms; only true is supported, as in every published checkpoint.</summary>
    public bool ScaleShiftNorm { get; init; } = true;

    /// <summary>Whether levels are resampled inside residual blocks; only true is supported, as in every published checkpoint.</summary>
    public bool ResblockUpdown { get; init; } = true;

    /// <summary>Probability of dropping an activation in training, in [0, 1). 0.1 by default; nothing is dropped in evaluation.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>
    /// Names of the classes that the network can be told of, in the order of its embedding. None by default, as in the published networks.
    /// </summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The position of labels in the network's embedding.</summary>
    /// <param name="labels">Names out of <see cref="Labels"/>; null, or another name, where none is known.</param>
    /// <returns>1 … the number of labels, or 0 for no label.</returns>
    public long[] IndicesOf(IEnumerable<string?> labels) =>
        [.. labels.Select(label => label is null ? 0L : Labels.TakeWhile(known => known != label).Count() + 1L).Select(index =>
            index > Labels.Count ? 0 : index)];

    /// <summary>Checks every setting and how they fit together.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Frames >= 1, $"frames is {Frames}, expected at least 1");
        errors.Require(BlocksPerLevel >= 1, $"blocks_per_level is {BlocksPerLevel}, expected at least 1");
        errors.Require(ScaleShiftNorm, "scale_shift_norm is false, only true is supported");
        errors.Require(ResblockUpdown, "resblock_updown is false, only true is supported");
        errors.Require(Dropout is >= 0 and < 1, $"dropout is {Dropout}, expected 0 or more and less than 1");
        errors.Require(Labels.All(label => !string.IsNullOrWhiteSpace(label)) && Labels.Distinct().Count() == Labels.Count,
            $"labels is [{string.Join(", ", Labels)}], expected different names");
        if (errors.Require(ChannelMultipliers.Count is >= 1 and <= 8 && ChannelMultipliers.All(multiplier => multiplier >= 1),
            $"channel_multipliers is [{Join(ChannelMultipliers)}], expected 1 to 8 whole numbers of at least 1"))
        {
            ValidateSizes(errors);
            ValidateAttention(errors);
        }
        errors.ThrowIfAny("the Coupled U-Net's configuration");
    }

    private void ValidateSizes(ValidationErrors errors)
    {
        int stride = 1 << (ChannelMultipliers.Count - 1), audioStride = stride * stride;
        errors.Require(
            BaseChannels >= 32 && BaseChannels % 32 == 0,
            $"base_channels is {BaseChannels}, expected a multiple of 32 (the groups of a norm)");
        errors.Require(Height >= 1 && Height % stride == 0, $"height {Height} is not a multiple of {stride} (2 per level below the first)");
        errors.Require(Width >= 1 && Width % stride == 0, $"width {Width} is not a multiple of {stride} (2 per level below the first)");
        errors.Require(AudioLength >= audioStride && AudioLength % audioStride == 0,
            $"audio length {AudioLength} is not a multiple of {audioStride} (4 per level below the first); pad it or set audio_length to "
            + $"{NextMultiple(AudioLength, audioStride)}");
    }

    private void ValidateAttention(ValidationErrors errors)
    {
        var scales = Enumerable.Range(0, ChannelMultipliers.Count).Select(level => 1 << level).ToList();
        ValidateScales(errors, "video_attention_scales", VideoAttentionScales, scales);
        ValidateScales(errors, "cross_attention_scales", CrossAttentionScales, scales);
        errors.Require(CrossAttentionWindows.Count == CrossAttentionScales.Count,
            $"cross_attention_windows has {CrossAttentionWindows.Count} entries for {CrossAttentionScales.Count} "
            + "cross_attention_scales, expected one for each");
        errors.Require(CrossAttentionWindows.All(window => window >= 1 && window <= Frames),
            $"cross_attention_windows is [{Join(CrossAttentionWindows)}], expected windows of 1 to {Frames} frames");
        errors.Require(SelfAttentionHeads >= 1, $"self_attention_heads is {SelfAttentionHeads}, expected at least 1");
        errors.Require(
            CrossAttentionHeadChannels >= 1,
            $"cross_attention_head_channels is {CrossAttentionHeadChannels}, expected at least 1");
        if (errors.Errors.Count > 0) return;
        var attended = VideoAttentionScales.Append(scales[^1]).Distinct();
        foreach (var channels in attended.Select(ChannelsAt))
            errors.Require(
                channels % SelfAttentionHeads == 0,
                $"{channels} channels cannot be split into {SelfAttentionHeads} self_attention_heads");
        var crossed = CrossAttentionScales.Count == 0 ? [] : CrossAttentionScales.Append(scales[^1]).Distinct();
        foreach (var scale in crossed)
        {
            errors.Require(ChannelsAt(scale) % CrossAttentionHeadChannels == 0,
                $"{ChannelsAt(scale)} channels at scale {scale} cannot be split into heads of {CrossAttentionHeadChannels} "
                + "(cross_attention_head_channels)");
            errors.Require(AudioLength / (scale * scale) >= Frames,
                $"at scale {scale} audio has {AudioLength / (scale * scale)} tokens for {Frames} frames, expected "
                + "at least one a frame; raise audio_length");
        }
    }

    private static void ValidateScales(ValidationErrors errors, string name, IReadOnlyList<int> found, List<int> levels) =>
        errors.Require(found.All(levels.Contains) && found.Distinct().Count() == found.Count,
            $"{name} is [{Join(found)}], expected different factors out of {Join(levels)}");

    private int ChannelsAt(int scale) => BaseChannels * ChannelMultipliers[int.Log2(scale)];

    private static int NextMultiple(int value, int of) => Math.Max(1, (value + of - 1) / of) * of;

    private static string Join(IEnumerable<int> values) => string.Join(", ", values);
}
