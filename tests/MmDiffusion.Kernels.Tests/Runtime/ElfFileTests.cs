using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public class ElfFileTests
{
    private static readonly string Bridge = Path.Combine(
        AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact]
    public void A_whole_library_passes() => ElfFile.ThrowIfCutShort(Bridge);

    [Fact]
    public void A_library_that_lacks_its_last_byte_is_refused()
    {
        using var folder = new TemporaryFolder();
        var image = File.ReadAllBytes(Bridge);
        File.WriteAllBytes(folder["cut.so"], image[..^1]);
        var exception = Assert.Throws<InvalidDataException>(() => ElfFile.ThrowIfCutShort(folder["cut.so"]));
        Assert.Contains($"{image.Length - 1} bytes", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("version https://git-lfs.github.com/spec/v1, which is no library but 64 bytes and more")]
    public void Something_else_is_refused(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["other.so"], content);
        Assert.Throws<InvalidDataException>(() => ElfFile.ThrowIfCutShort(folder["other.so"]));
    }
}
