using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;

namespace MmDiffusion.Tests.Model;

[Trait("group", "unit")]
public class CoupledUNetConfigurationTests
{
    [Fact]
    public void The_defaults_are_valid() => new CoupledUNetConfiguration().Validate();

    [Fact]
    public void Everything_that_is_wrong_is_in_one_message()
    {
        var message = Assert.ThrowsAny<MmDiffusionException>(() => new CoupledUNetConfiguration
        {
            Frames = 0,
            Height = 60,
            Width = 0,
            AudioLength = 25_599,
            BaseChannels = 100,
            BlocksPerLevel = 0,
            VideoAttentionScales = [3],
            CrossAttentionScales = [2, 2],
            CrossAttentionWindows = [1, 4, 8],
            SelfAttentionHeads = 0,
            CrossAttentionHeadChannels = 0,
            ScaleShiftNorm = false,
            ResblockUpdown = false,
            Dropout = 1,
        }.Validate()).Message;
        string[] named =
        [
            "frames is 0", "height 60", "width 0", "audio length 25599", "set audio_length to 25600", "base_channels is 100",
            "blocks_per_level is 0", "video_attention_scales is [3]",
            "cross_attention_scales is [2, 2]",
            "cross_attention_windows has 3 entries for 2", "self_attention_heads is 0", "cross_attention_head_channels is 0",
            "scale_shift_norm", "resblock_updown", "dropout is 1",
        ];
        Assert.All(named, name => Assert.Contains(name, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Heads_that_do_not_divide_the_channels_are_named_with_their_scale()
    {
        var message = Assert.ThrowsAny<MmDiffusionException>(() =>
            new CoupledUNetConfiguration { SelfAttentionHeads = 7, CrossAttentionHeadChannels = 96 }.Validate()).Message;
        Assert.Contains("512 channels cannot be split into 7", message, StringComparison.Ordinal);
        Assert.Contains("256 channels at scale 2 cannot be split into heads of 96", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void A_number_of_levels_out_of_range_is_refused_without_a_crash(int levels) =>
        Assert.Contains(
            "channel_multipliers",
            Assert.ThrowsAny<MmDiffusionException>(
                () => new CoupledUNetConfiguration { ChannelMultipliers = [.. Enumerable.Repeat(1, levels)] }.Validate()).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Audio_with_fewer_tokens_than_frames_is_refused() =>
        Assert.Contains("at scale 8 audio has 1 tokens for 16 frames", Assert.ThrowsAny<MmDiffusionException>(
            () => new CoupledUNetConfiguration { AudioLength = 64 }.Validate()).Message, StringComparison.Ordinal);
}
