using FsCheck;
using FsCheck.Fluent;

namespace MmDiffusion.Data.Tests;

[Trait("group", "unit")]
public sealed class ClipOrderTests
{
    [Fact]
    public void Every_epoch_has_every_clip_once() => Prop.ForAll<PositiveInt, ulong>((count, seed) =>
    {
        var order = new ClipOrder(count.Get, seed);
        return Enumerable.Range(0, 3).All(epoch =>
            Enumerable.Range(0, count.Get)
                .Select(i => order.At((long)epoch * count.Get + i).Index)
                .Order()
                .SequenceEqual(Enumerable.Range(0, count.Get)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_place_means_the_same_whatever_was_asked_before()
    {
        var (forwards, backwards) = (new ClipOrder(50, 3, 0.5), new ClipOrder(50, 3, 0.5));
        var expected = Enumerable.Range(0, 200).Select(place => forwards.At(place)).ToList();
        Assert.Equal(expected, Enumerable.Range(0, 200).Reverse().Select(place => backwards.At(place)).Reverse());
    }

    [Fact]
    public void Epochs_and_seeds_differ()
    {
        var order = new ClipOrder(100, 1);
        Assert.NotEqual(Epoch(order, 0), Epoch(order, 1));
        Assert.NotEqual(Epoch(order, 0), Epoch(new ClipOrder(100, 2), 0));

        static IEnumerable<int> Epoch(ClipOrder order, long number) =>
            Enumerable.Range(0, 100).Select(i => order.At(100 * number + i).Index);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.5, 4700, 5300)]
    [InlineData(1, 10_000, 10_000)]
    public void Clips_are_mirrored_as_often_as_asked(double probability, int least, int most)
    {
        var order = new ClipOrder(10, 1, probability);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(place => order.At(place).Mirrored), least, most);
    }
}
