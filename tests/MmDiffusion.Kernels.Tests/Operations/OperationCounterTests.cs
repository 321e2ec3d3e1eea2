using MmDiffusion.Kernels.Operations;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Operations;

[Trait("group", "unit")]
public class OperationCounterTests
{
    [Fact]
    public void Every_weight_counts_twice_at_every_place()
    {
        using var scope = NewDisposeScope();
        using var counter = new OperationCounter();
        ChannelsLast.Convolve(zeros(2, 5, 7, 3), zeros(4, 3, 3, 3), null);
        Assert.Equal(2 * (2 * 5 * 7) * (4 * 3 * 3 * 3), counter.Total);
    }

    [Fact]
    public void Attention_is_two_products()
    {
        using var scope = NewDisposeScope();
        using var counter = new OperationCounter();
        Attention.Attend(zeros(2, 4, 5, 8), zeros(2, 4, 6, 8), zeros(2, 4, 6, 8));
        Assert.Equal(2 * (2 * 4) * (5 * 6 * 8) * 2, counter.Total);
    }

    [Fact]
    public void An_inner_counter_leaves_the_outer_one_alone_and_closed_ones_count_nothing()
    {
        using var scope = NewDisposeScope();
        using var outer = new OperationCounter();
        OperationCounter inner;
        using (inner = new OperationCounter()) OperationCounter.AddLayer(zeros(5, 3), zeros(2, 3));
        OperationCounter.AddLayer(zeros(7, 3), zeros(2, 3));
        Assert.Equal((2 * 5 * 6, 2 * 7 * 6), (inner.Total, outer.Total));
    }
}
