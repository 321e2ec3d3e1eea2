using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public class ProcessorFeaturesTests
{
    [Theory]
    [InlineData("fpu avx2 avx512f avx512_bf16 gfni", true, "bf16")]
    [InlineData("fpu amx_bf16 amx_tile", true, "bf16")]
    [InlineData("fpu avx2 avx512f", false, "fp32")]
    public void The_flags_decide_the_automatic_precision(string flags, bool bf16, string precision)
    {
        var processor = ProcessorFeatures.Read([
            "processor\t: 0", "model name\t: A: B", $"flags\t\t: {flags}", "", "model name\t: second", "flags\t: avx512_bf16",
        ]);
        Assert.Equal("A: B", processor.Name);
        Assert.Equal(bf16, processor.Bf16);
        Assert.Equal(precision, PrecisionChoice.Automatic(processor).Name);
    }

    [Fact]
    public void A_system_that_tells_nothing_is_named_by_its_architecture()
    {
        var processor = ProcessorFeatures.Read([]);
        Assert.NotEmpty(processor.Name);
        Assert.False(processor.Bf16);
        Assert.Equal(Environment.ProcessorCount, processor.Cores);
    }
}
