using MmDiffusion.Studio.Preparation;

namespace MmDiffusion.Studio.Tests.Preparation;

[Trait("group", "unit")]
public sealed class AspectRatioTests
{
    [Theory]
    [InlineData("16:9", 16, 9)]
    [InlineData("1:1", 1, 1)]
    public void A_shape_is_read(string text, int width, int height) =>
        Assert.Equal(new AspectRatio(width, height), AspectRatio.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("16")]
    [InlineData("16:0")]
    [InlineData("-16:9")]
    [InlineData("16:9:1")]
    [InlineData("1.5:1")]
    public void What_is_no_shape_is_not(string text) => Assert.Null(AspectRatio.Parse(text));

    [Fact]
    public void Shapes_that_look_the_same_resemble_each_other()
    {
        Assert.True(new AspectRatio(854, 480).Resembles(new AspectRatio(16, 9)));
        Assert.False(new AspectRatio(4, 3).Resembles(new AspectRatio(16, 9)));
        Assert.Equal(new AspectRatio(4, 3), new AspectRatio(640, 480).Reduced());
    }
}
