using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Primitives;

[Trait("group", "unit")]
public class PhiloxRandomTests
{
    [Fact]
    public void Every_bit_of_a_seed_counts()
    {
        using var scope = NewDisposeScope();
        var seeds = Enumerable.Range(0, 64).Select(bit => 1UL << bit).Prepend(0UL).ToList();
        var draws = seeds.Select(seed => string.Join(" ", new PhiloxRandom(seed).Normal(4).data<float>())).ToList();
        Assert.Equal(draws.Count, draws.Distinct().Count());
        // What the old generator does: seeds 2³² apart are one.
        using SeededRandom low = new(7), high = new(7 + (1UL << 32));
        Assert.True(low.Normal(4).Equals(high.Normal(4)));
    }

    [Fact]
    public void Noise_does_not_depend_on_what_was_drawn_before()
    {
        using var scope = NewDisposeScope();
        var (random, other) = (new PhiloxRandom(3), new PhiloxRandom(3));
        other.Normal(100);
        other.Noise(new NoiseKey(0, false, 2), 1, 2, 50);
        Assert.True(random.Noise(new NoiseKey(1, false, 2), 1, 2, 50).Equals(other.Noise(new NoiseKey(1, false, 2), 1, 2, 50)));
        // Draws are a sequence.
        Assert.False(random.Normal(10).Equals(random.Normal(10)));
        Assert.True(new PhiloxRandom(3).Normal(10).Equals(new PhiloxRandom(3).Normal(10)));
    }

    [Theory]
    [InlineData(16, 16, 0)] // a whole clip, cut into windows of any size and place
    [InlineData(16, 5, 3)]
    [InlineData(16, 1, 15)]
    [InlineData(48, 16, 32)]
    public void A_window_of_a_longer_clip_has_the_noise_of_its_frames(int clip, int window, int first)
    {
        using var scope = NewDisposeScope();
        var random = new PhiloxRandom(0xfedcba9876543210);
        const int Samples = 100;
        var (video, audio) = (random.Noise(new NoiseKey(4, false, clip), 1, clip, 3, 5, 7), random.Noise(
            new NoiseKey(4, true, clip),
            1,
            1,
            clip * Samples));
        Assert.True(video.narrow(1, first, window).Equals(random.Noise(new NoiseKey(4, false, window, first), 1, window, 3, 5, 7)));
        Assert.True(audio.narrow(2, first * Samples, window * Samples).Equals(random.Noise(
            new NoiseKey(4, true, window, first),
            1,
            1,
            window * Samples)));
    }

    [Fact]
    public void Steps_modalities_frames_and_draws_have_noise_of_their_own()
    {
        using var scope = NewDisposeScope();
        var random = new PhiloxRandom(1);
        var found = new List<string>();
        foreach (var key in new NoiseKey[]
        {
            new(0, false, 1), new(0, true, 1), new(1, false, 1), new(1, true, 1), new(0, false, 1, 1), new(0, true, 1, 1),
        })
            found.Add(string.Join(" ", random.Noise(key, 1, 8).data<float>()));
        found.Add(string.Join(" ", random.Normal(8).data<float>()));
        found.Add(string.Join(" ", random.Normal(8).data<float>()));
        Assert.Equal(found.Count, found.Distinct().Count());
    }

    [Theory]
    [InlineData(25_601, 16)]
    [InlineData(3, 5)] // fewer samples than frames
    [InlineData(0, 4)]
    public void Sound_that_does_not_divide_among_its_frames_is_filled_all_the_same(long samples, int frames)
    {
        using var scope = NewDisposeScope();
        var noise = new PhiloxRandom(2).Noise(new NoiseKey(0, true, frames), 1, 1, samples);
        // Of 25,601 values in float32, a few may be alike.
        Assert.InRange(noise.data<float>().Where(value => value != 0).Distinct().Count(), samples - 10, samples);
    }

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        var random = new PhiloxRandom(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Integers(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Noise(new NoiseKey(-1, false, 1), 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Noise(new NoiseKey(0, false, 0), 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Noise(new NoiseKey(0, false, 2, uint.MaxValue), 1, 2));
        Assert.Throws<ArgumentException>(() => random.Noise(new NoiseKey(0, false, 1), 2, 1));
    }

    [Fact]
    public void Drawing_leaves_no_tensor_behind()
    {
        var random = new PhiloxRandom(2);
        var before = LiveTensors.CountBefore();
        random.Normal(3).Dispose();
        random.Noise(new NoiseKey(0, false, 1), 1, 3).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
