using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Tests.Files;

[Trait("group", "unit")]
public sealed class FileNamesTests
{
    [Theory]
    [InlineData("short", 200, "short")]
    [InlineData("short", 3, "sho")]
    [InlineData("äöü", 5, "äö")]
    [InlineData("a👍👍", 8, "a👍")]
    [InlineData("漢字漢字", 6, "漢字")]
    [InlineData("x", 0, "")]
    public void A_name_is_cut_between_characters(string name, int bytes, string cut) => Assert.Equal(cut, FileNames.Shorten(name, bytes));

    [Theory]
    [InlineData("two\nlines.mp4", @"two\nlines.mp4")]
    [InlineData("tab\tand\rreturn", @"tab\tand\rreturn")]
    [InlineData("\u001b[31mred", @"\u001b[31mred")]
    [InlineData("gpj.\u202exe", @"gpj.\u202exe")]
    [InlineData("a\u0085b\u2028c", @"a\u0085b\u2028c")]
    [InlineData("plain ä 漢 👍", "plain ä 漢 👍")]
    public void A_name_is_one_line_that_does_not_steer_the_terminal(string name, string shown) =>
        Assert.Equal(shown, FileNames.Printable(name));
}
