using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Model.SuperResolution;

/// <summary>Sizes of a super-resolution U-Net. The defaults load the published 64 → 256 weights (paper, Table 1, right column).</summary>
public sealed record SuperResolutionConfiguration
{
    /// <summary>Rows and columns of an upscaled frame: a multiple of 2 per level below the first. 256 by default.</summary>
    public int LargeSize { get; init; } = 256;

    /// <summary>Rows and columns of a frame before upscaling. 64 by default.</summary>
    public int SmallSize { get; init; } = 64;

    /// <summary>Channels of the first level: a multiple of 32, the groups of a group norm. 192 by default.</summary>
    public int BaseChannels { get; init; } = 192;

    /// <summary>Channels of each level as a multiple of the first; their number is the number of levels.</summary>
    public IReadOnlyList<int> ChannelMultipliers { get; init; } = [1, 1, 2, 2, 4, 4];

    /// <summary>Residual blocks of an encoder level; a decoder level has one more. 2 by default.</summary>
    public int BlocksPerLevel { get; init; } = 2;

    /// <summary>Downsampling factors of the levels with attention.</summary>
    public IReadOnlyList<int> AttentionScales { get; init; } = [8, 16, 32];

    /// <summary>
    /// Attention heads at every width, where <see cref="HeadChannels"/> is not given. 4 by default, as in the published weights.
    /// </summary>
    public int Heads { get; init; } = 4;

    /// <summary>Channels of an attention head (48 in Table 1), instead of a number of heads; null by default.</summary>
    public int? HeadChannels { get; init; }

    /// <summary>Whether the output has 6 channels, ε and the variance's interpolation, rather than 3. True by default.</summary>
    public bool LearnSigma { get; init; } = true;

    /// <summary>Whether the timestep scales and shifts the norms; only true is supported, as in every published checkpoint.</summary>
    public bool ScaleShiftNorm { get; init; } = true;

    /// <summary>Whether levels are resampled inside residual blocks; only true is supported, as in every published checkpoint.</summary>
    public bool ResblockUpdown { get; init; } = true;

    /// <summary>Probability of dropping an activation in training, in [0, 1). 0 by default; nothing is dropped in evaluation.</summary>
    public double Dropout { get; init; }

    /// <summary>Checks every setting and how they fit together.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(BlocksPerLevel >= 1, $"blocks_per_level is {BlocksPerLevel}, expected at least 1");
        errors.Require(ScaleShiftNorm, "scale_shift_norm is false, only true is supported");
        errors.Require(ResblockUpdown, "resblock_updown is false, only true is supported");
        errors.Require(Dropout is >= 0 and < 1, $"dropout is {Dropout}, expected 0 or more and less than 1");
        errors.Require(
            SmallSize >= 1 && LargeSize >= SmallSize,
            $"small_size {SmallSize} and large_size {LargeSize} do not fit, expected 1 ≤ small_size ≤ large_size");
        errors.Require(
            BaseChannels >= 32 && BaseChannels % 32 == 0,
            $"base_channels is {BaseChannels}, expected a multiple of 32 (the groups of a norm)");
        errors.Require(HeadChannels is null or >= 1, $"head_channels is {HeadChannels}, expected at least 1, or null to give heads");
        errors.Require(Heads >= 1, $"heads is {Heads}, expected at least 1");
        if (errors.Require(ChannelMultipliers.Count is >= 1 and <= 8 && ChannelMultipliers.All(multiplier => multiplier >= 1),
            $"channel_multipliers is [{string.Join(", ", ChannelMultipliers)}], expected 1 to 8 whole numbers of at least 1"))
            ValidateLevels(errors);
        errors.ThrowIfAny("the super-resolution U-Net's configuration");
    }

    private void ValidateLevels(ValidationErrors errors)
    {
        var scales = Enumerable.Range(0, ChannelMultipliers.Count).Select(level => 1 << level).ToList();
        errors.Require(
            LargeSize % scales[^1] == 0,
            $"large_size {LargeSize} is not a multiple of {scales[^1]} (2 per level below the first)");
        if (!errors.Require(AttentionScales.All(scales.Contains) && AttentionScales.Distinct().Count() == AttentionScales.Count,
            $"attention_scales is [{string.Join(", ", AttentionScales)}], expected different factors out of {string.Join(", ", scales)}"))
            return;
        if (errors.Errors.Count > 0) return;
        foreach (var channels in AttentionScales.Append(scales[^1])
            .Select(scale => BaseChannels * ChannelMultipliers[int.Log2(scale)])
            .Distinct())
        {
            var divisor = HeadChannels ?? Heads;
            errors.Require(channels % divisor == 0, HeadChannels is null
                ? $"{channels} channels cannot be split into {Heads} heads"
                : $"{channels} channels cannot be split into heads of {HeadChannels} (head_channels)");
        }
    }
}
