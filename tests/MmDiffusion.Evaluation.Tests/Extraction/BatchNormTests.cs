using MmDiffusion.Evaluation.Extraction;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Extraction;

[Trait("group", "unit")]
public class BatchNormTests
{
    [Theory]
    [InlineData(4, 3, 5, 6)]
    [InlineData(2, 3, 4, 5, 6)]
    public void Trains_and_evaluates_as_TorchSharps_own(params int[] sizes)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        long[] shape = [.. sizes.Select(size => (long)size)];
        using var own = new BatchNorm(shape[1]);
        using nn.Module<Tensor, Tensor> theirs = shape.Length == 4 ? nn.BatchNorm2d(shape[1]) : nn.BatchNorm3d(shape[1]);
        Assert.Equal(theirs.state_dict().Keys, own.state_dict().Keys);
        foreach (var training in new[] { true, true, false })
        {
            own.train(training);
            theirs.train(training);
            var x = randn(shape, generator: generator).requires_grad_();
            var y = x.detach().clone().requires_grad_();
            var (found, expected) = (own.forward(x), theirs.forward(y));
            Assert.True(found.equal(expected).all().item<bool>());
            found.square().sum().backward();
            expected.square().sum().backward();
            Assert.True(x.grad!.equal(y.grad!).all().item<bool>());
        }
        foreach (var (name, value) in theirs.state_dict()) Assert.True(own.state_dict()[name].equal(value).all().item<bool>(), name);
        Assert.Equal(2, own.state_dict()["num_batches_tracked"].item<long>());
    }

    [Fact]
    public void Outlives_the_scope_it_was_made_in()
    {
        BatchNorm norm;
        using (NewDisposeScope()) norm = new BatchNorm(3);
        using (norm) Assert.All(norm.state_dict().Values, value => Assert.False(value.IsInvalid));
    }
}
