using MmDiffusion.Media;
using MmDiffusion.Model.SuperResolution;

namespace MmDiffusion.Tests.Model;

[Trait("group", "unit")]
public class SuperResolutionConfigurationTests
{
    [Fact]
    public void The_defaults_are_valid() => new SuperResolutionConfiguration().Validate();

    [Fact]
    public void Heads_of_48_channels_as_in_the_papers_table_are_valid() =>
        new SuperResolutionConfiguration { HeadChannels = 48 }.Validate();

    [Fact]
    public void Everything_that_is_wrong_is_in_one_message()
    {
        var message = Assert.ThrowsAny<MmDiffusionException>(() => new SuperResolutionConfiguration
        {
            LargeSize = 250,
            SmallSize = 300,
            BaseChannels = 48,
            BlocksPerLevel = 0,
            AttentionScales = [5],
            Heads = 0,
            HeadChannels = 0,
            ScaleShiftNorm = false,
            ResblockUpdown = false,
            Dropout = -0.1,
        }.Validate()).Message;
        string[] named =
        [
            "large_size 250", "small_size 300", "base_channels is 48", "blocks_per_level is 0", "attention_scales is [5]", "heads is 0",
            "head_channels is 0",
            "scale_shift_norm", "resblock_updown", "dropout is -0.1",
        ];
        Assert.All(named, name => Assert.Contains(name, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData(5, null, "384 channels cannot be split into 5 heads")]
    [InlineData(4, 50, "384 channels cannot be split into heads of 50")]
    public void Heads_that_do_not_divide_the_channels_are_refused(int heads, int? headChannels, string named) =>
        Assert.Contains(
            named,
            Assert.ThrowsAny<MmDiffusionException>(
                () => new SuperResolutionConfiguration { Heads = heads, HeadChannels = headChannels }.Validate()).Message,
            StringComparison.Ordinal);
}
