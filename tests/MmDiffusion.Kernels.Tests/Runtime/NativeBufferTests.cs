using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public sealed unsafe class NativeBufferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((1L << 31) + 64)]
    public void It_begins_at_a_cache_line_and_is_as_large_as_asked_for(long bytes)
    {
        using var buffer = new NativeBuffer(bytes);
        Assert.Equal(0, (long)buffer.Address % NativeBuffer.Alignment);
        (buffer.Address[0], buffer.Address[bytes - 1]) = (1, 2);
        Assert.Equal(2, buffer.Address[bytes - 1]);
    }

    [Fact]
    public void It_is_freed_once_however_often_it_is_disposed()
    {
        var buffer = new NativeBuffer(64);
        buffer.Dispose();
        buffer.Dispose();
        Assert.True(buffer.IsClosed);
    }
}
