using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public sealed class PrivateSymbolsTests
{
    [Fact]
    public void The_libtorch_of_this_build_is_the_known_one()
    {
        TorchRuntime.EnsureLoaded();
        Assert.Null(PrivateSymbols.Fault(TorchRuntime.LibTorchVersion));
        if (!OperatingSystem.IsLinux()) return;
        Assert.True(PrivateSymbols.TryFind("_ZN2at13globalContextEv", out var address));
        Assert.NotEqual(0, address);
        Assert.False(PrivateSymbols.TryFind("_ZN2at14anotherContextEv", out _));
    }

    [Theory]
    [InlineData("2.10.1")]
    [InlineData("2.1.0")]
    [InlineData("3.0.0")]
    public void Nothing_is_taken_from_another_version(string version) =>
        Assert.Equal(
            $"libtorch is {version}, whose inner functions are not known as those of 2.10.0 are",
            PrivateSymbols.Fault(version));
}
