using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Primitives;

[Trait("group", "unit")]
public class AudioVideoTests
{
    [Fact]
    public void A_pair_of_nothing_is_refused() => Assert.Throws<ArgumentException>(() => new AudioVideo(null, null));

    [Fact]
    public void A_missing_modality_is_named()
    {
        using var scope = NewDisposeScope();
        Assert.Contains(
            "no audio",
            Assert.Throws<InvalidOperationException>(() => new AudioVideo(ones(1), null).Audio).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no video",
            Assert.Throws<InvalidOperationException>(() => new AudioVideo(null, ones(1)).Video).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Formulas_apply_to_the_modalities_that_are_there(bool video, bool audio)
    {
        using var scope = NewDisposeScope();
        var pair = new AudioVideo(video ? full(2, 3, 1.0f) : null, audio ? full(2, 5, 2.0f) : null);
        var mapped = pair.Map(x => x + 1).Zip(pair, (x, y) => x * y).Zip(pair, pair, (x, y, z) => x + y - z);
        Assert.Equal((video, audio), (mapped.HasVideo, mapped.HasAudio));
        if (video) Assert.Equal(2.0f, mapped.Video[1, 2].item<float>());
        if (audio) Assert.Equal(6.0f, mapped.Audio[1, 4].item<float>());
        Assert.Equal(2, mapped.BatchSize);
        Assert.Equal(DeviceType.CPU, mapped.Device.type);
        Assert.Equal((video ? 1 : 0) + (audio ? 1 : 0), mapped.Parts.Count());
    }

    [Fact]
    public void Combining_with_a_pair_that_lacks_a_modality_is_refused()
    {
        using var scope = NewDisposeScope();
        var (both, videoAlone) = (new AudioVideo(ones(1), ones(1)), new AudioVideo(ones(1), null));
        Assert.Throws<InvalidOperationException>(() => both.Zip(videoAlone, (x, y) => x + y));
        Assert.False(videoAlone.Zip(both, (x, y) => x + y).HasAudio);
    }

    [Fact]
    public void Tensors_leave_a_scope_by_moving_out_and_nothing_else_lives_on()
    {
        var before = LiveTensors.CountBefore();
        using (var outer = NewDisposeScope())
        {
            AudioVideo kept;
            using (var inner = NewDisposeScope())
            {
                kept = new AudioVideo(ones(2), zeros(2)).Map(x => x + 1).MoveToOuter(inner);
            }
            Assert.Equal(before + 2, Tensor.TotalCount);
            Assert.Equal(2.0f, kept.Video[0].item<float>());
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Detached_tensors_live_until_the_pair_is_disposed()
    {
        var before = LiveTensors.CountBefore();
        AudioVideo kept;
        using (NewDisposeScope()) kept = new AudioVideo(ones(2), zeros(2)).DetachFromScope();
        Assert.Equal(before + 2, Tensor.TotalCount);
        kept.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
