using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model;

[Trait("group", "unit")]
public sealed class LabelTests
{
    private const string Weight = "label_emb.weight";

    private static readonly CoupledUNetConfiguration Labelled = Networks.SmallCoupled with { Labels = ["rain", "train"] };

    [Fact]
    public void A_network_without_labels_has_the_published_parameters()
    {
        using var plain = new CoupledUNet(Networks.SmallCoupled, new Device(DeviceType.META));
        using var labelled = new CoupledUNet(Labelled, new Device(DeviceType.META));
        var added = labelled.named_parameters().Select(entry => entry.name).Except(plain.named_parameters().Select(entry => entry.name));
        Assert.Equal([Weight], added);
        Assert.Equal([3, 32], labelled.get_parameter(Weight)!.shape);
    }

    [Fact]
    public void Training_starts_with_labels_of_no_effect()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        using var network = new CoupledUNet(Labelled);
        network.Initialize(random);
        Assert.Equal(0, network.get_parameter(Weight)!.abs().sum().item<float>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_sample_is_changed_by_its_own_label_alone(int dimensions)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var network = Networks.Coupled(Labelled);
        using var random = new SeededRandom(3);
        network.get_parameter(Weight)!.copy_(random.Normal(3, 32));
        var x = Networks.Input(Labelled, 2);
        var timesteps = random.Uniform([.. new long[] { 2, 2, 4 }.Take(dimensions)]).mul(999);
        var shifts = network.DrawShifts(random, 2);
        var first = network.forward(x, timesteps, shifts, null, tensor(new long[] { 1, 1 }));
        var second = network.forward(x, timesteps, shifts, null, tensor(new long[] { 1, 2 }));
        var none = network.forward(x, timesteps, shifts, null, tensor(new long[] { 0, 0 }));
        foreach (var (a, b) in first.Parts.Zip(second.Parts))
        {
            Assert.True(Networks.RelativeError(a[0], b[0]) < 1e-5);
            Assert.True(Networks.RelativeError(a[1], b[1]) > 1e-2);
        }
        Assert.True(none.Video.eq(network.forward(x, timesteps, shifts).Video).all().item<bool>());
    }

    [Fact]
    public void Names_have_positions_and_unknown_ones_are_no_label() =>
        Assert.Equal([2, 0, 1, 0], Labelled.IndicesOf(["train", "ocean", "rain", null]));

    [Fact]
    public void Labels_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        using var plain = Networks.Coupled(Networks.SmallCoupled);
        using var labelled = Networks.Coupled(Labelled);
        using var random = new SeededRandom(3);
        var (x, t, shifts) = (Networks.Input(Labelled, 2), zeros(2), labelled.DrawShifts(random, 2));
        Assert.Contains(
            "knows none",
            Assert.Throws<ArgumentException>(() => plain.forward(x, t, shifts, null, zeros(2, int64))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "expected Int64 [2]",
            Assert.Throws<ArgumentException>(() => labelled.forward(x, t, shifts, null, zeros(1, int64))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "labels is [rain, rain]",
            Assert.ThrowsAny<MmDiffusionException>(() => (Labelled with { Labels = ["rain", "rain"] }).Validate()).Message,
            StringComparison.Ordinal);
    }
}
