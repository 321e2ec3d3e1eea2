using MmDiffusion.Evaluation.Reporting;

namespace MmDiffusion.Evaluation.Tests.Reporting;

[Trait("group", "unit")]
public sealed class ShortNameTests
{
    [Theory]
    [InlineData("unipc-12", "unipc-12")]
    [InlineData("unipc-12ab", "unipc-12ab")]
    [InlineData("unipc-12-of-1000", "unipc…1000")]
    [InlineData("e\u0301te\u0301-12-of-1000", "e\u0301te\u0301-1…1000")]
    public void Long_names_keep_their_beginning_and_their_end(string name, string expected) =>
        Assert.Equal(expected, ShortName.Of(name, 10));
}
