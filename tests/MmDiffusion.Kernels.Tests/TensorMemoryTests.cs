using MmDiffusion.Checkpoints;
using MmDiffusion.Model.Layers;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests;

public sealed unsafe class TensorMemoryTests : IDisposable
{
    // A tensor that nobody fills is no memory yet: only the pages that are touched become resident.
    private const long Large = (1L << 31) + 4096;

    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [Trait("group", "unit")]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData(int.MaxValue)]
    [InlineData(1L + int.MaxValue)]
    [InlineData(Large)]
    [InlineData(3 * Large)]
    public void The_first_and_the_last_byte_of_a_tensor_of_any_size_are_reached(long size)
    {
        var tensor = empty(size, ScalarType.Byte);
        var first = TensorMemory.Address<byte>(tensor);
        (first[0], first[size - 1]) = (7, 9);
        Assert.Equal((size == 1 ? 9 : 7, 9), (tensor[0].item<byte>(), tensor[size - 1].item<byte>()));
        Assert.Equal(size, TensorMemory.Length(tensor));
        var (total, parts) = (0L, new List<byte>());
        TensorMemory.InParts(tensor, bytes =>
        {
            total += bytes.Length;
            parts.Add(bytes[^1]);
        });
        Assert.Equal((size, (byte)9), (total, parts[^1]));
    }

    [Fact]
    [Trait("group", "unit")]
    public void Views_leaves_and_empty_tensors_have_their_own_place_and_others_are_refused()
    {
        var whole = arange(12, dtype: float32).reshape(3, 4);
        Assert.Equal(4, *TensorMemory.Address<float>(whole[1]));
        Assert.Equal(4, *TensorMemory.Address<float>(whole[1].clone().requires_grad_()));
        Assert.True(TensorMemory.Address<float>(empty(0)) == null);
        Assert.Equal([4f, 5, 6, 7], TensorMemory.ToArray<float>(whole[1]));
        Assert.Throws<InvalidOperationException>(() => { TensorMemory.Address<float>(whole.T); });
        var large = empty(Large, ScalarType.Byte);
        Assert.Equal(5L, TensorMemory.Address<byte>(large.narrow(0, 5, Large - 5)) - TensorMemory.Address<byte>(large));
        Assert.Throws<InvalidOperationException>(() => { TensorMemory.Address<byte>(large.reshape(2, -1).T); });
        var before = LiveTensors.CountBefore();
        TensorMemory.Address<byte>(large);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    [Trait("group", "slow")]
    public void A_tensor_of_more_than_two_GiB_goes_through_a_checkpoint_whole()
    {
        var values = zeros(Large / 4 + 3, float32);
        foreach (var at in new[] { 0, 1L << 28, (1L << 29) - 1, 1L << 29, values.numel() - 1 }) values[at] = at + 1;
        SafetensorsWriter.Write(_folder["large.safetensors"], [KeyValuePair.Create("large", values)]);
        using var file = WeightFile.Open(_folder["large.safetensors"]);
        using var read = file.Load("large");
        Assert.True(read.eq(values).all().item<bool>());
    }

    [Fact]
    [Trait("group", "slow")]
    public void A_tensor_of_more_than_two_GiB_is_summed_and_sent_whole()
    {
        var count = (1L << 29) + 70_000;
        var seen = ThreadRanks.Run(2, ranks =>
        {
            using var values = full(count, ranks.Rank + 1f);
            ranks.AllReduce(values);
            var sum = (values.min().item<float>(), values.max().item<float>());
            values.fill_(ranks.Rank);
            values[count - 1] = 10 + ranks.Rank;
            ranks.Broadcast(values, 1);
            return (sum, values.narrow(0, 0, count - 1).min().item<float>(), values[count - 1].item<float>());
        });
        Assert.All(seen, found => Assert.Equal(((3f, 3f), 1f, 11f), found));
    }

    [Fact]
    [Trait("group", "slow")]
    public void A_fused_norm_of_more_than_two_GiB_is_the_norm_of_its_samples()
    {
        // [22,16,64,64,384] of the first level, as tokens: the samples beyond 2 GiB are those that a short batch gives.
        const long Samples = 22, Places = 16 * 64 * 64, Channels = 384;
        using var noGradient = no_grad();
        var (gain, bias) = (rand(Channels), rand(Channels));
        var last = randn([1, Places, Channels]);
        var x = zeros(Samples, Places, Channels);
        x[Samples - 1] = last[0];
        Assert.True(TensorMemory.Length(x) > int.MaxValue);
        using var layer = new GroupNorm((int)Channels, CPU);
        foreach (var (name, parameter) in layer.named_parameters())
            parameter.copy_(name.EndsWith("weight", StringComparison.Ordinal) ? gain : bias);
        var (whole, alone) = (layer.forward(x), layer.forward(last));
        Assert.True(whole[Samples - 1].eq(alone[0]).all().item<bool>());
    }
}
