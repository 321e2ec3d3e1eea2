using MmDiffusion.Tests.Architecture;

namespace MmDiffusion.Cli.Tests.Architecture;

[Trait("group", "unit")]
public class ScalarTests
{
    [Theory]
    [InlineData("MmDiffusion.Media")]
    [InlineData("MmDiffusion")]
    [InlineData("MmDiffusion.Evaluation")]
    [InlineData("MmDiffusion.Studio")]
    [InlineData("mmdiff")]
    public void The_program_holds_every_number_until_a_native_call_is_back(string assembly) =>
        Assert.Empty(ScalarUses.Of(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")));
}
