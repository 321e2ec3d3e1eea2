using MmDiffusion.Media;

namespace MmDiffusion.Studio.Tests.Web;

[Trait("group", "unit")]
public sealed class ServerOptionsTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" ; ")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://127.0.0.1:5080;http://[::1]:70000")]
    [InlineData("https://127.0.0.1:5443")]
    [InlineData("ftp://127.0.0.1:21")]
    [InlineData("127.0.0.1:5080")]
    [InlineData("localhost")]
    [InlineData("http://localhost:5080/study")]
    public void Addresses_that_cannot_be_listened_on_are_refused(string urls) =>
        Assert.Contains(
            "address to listen on",
            Assert.ThrowsAny<MmDiffusionException>(new StudioOptions { Urls = urls }.Validate).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("http://localhost:5080")]
    [InlineData("http://127.0.0.1:0; http://[::1]:8080")]
    [InlineData("http://*:80")]
    [InlineData("http://0.0.0.0")]
    public void Addresses_that_can_be_listened_on_are_not(string urls) => new StudioOptions { Urls = urls }.Validate();

    [Fact]
    public void Limits_that_keep_everybody_out_are_refused_all_at_once()
    {
        var failure = Assert.ThrowsAny<MmDiffusionException>(
            new StudioOptions { JoinsPerMinute = 0, RequestsPerTenSeconds = 0, GuessesPerMinute = 0, Reservation = TimeSpan.Zero }
                .Validate);
        Assert.Equal(4, failure.Message.Split(';').Length);
    }
}
