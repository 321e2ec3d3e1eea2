using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Primitives;

[Trait("group", "unit")]
public unsafe class PhiloxTests
{
    [Theory] // the vectors that Random123 publishes for philox4x32, 10 rounds
    [InlineData(0ul, 0u, 0u, 0u, 0u, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [InlineData(
        ulong.MaxValue,
        uint.MaxValue,
        uint.MaxValue,
        uint.MaxValue,
        uint.MaxValue,
        new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [InlineData(
        0x299f31d0a4093822ul,
        0x243f6a88u,
        0x85a308d3u,
        0x13198a2eu,
        0x03707344u,
        new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
    public void The_published_vectors_come_out(ulong key, uint c0, uint c1, uint c2, uint c3, uint[] expected)
    {
        var (a, b, c, d) = Philox.Block(key, c0, c1, c2, c3);
        Assert.Equal(expected, new[] { a, b, c, d });
    }

    [Fact]
    public void Logarithm_sine_and_cosine_are_exact_to_the_last_digits()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var word = i switch { 0 => 0u, 1 => uint.MaxValue, < 40 => 1u << i % 32, _ => (uint)random.NextInt64(1L << 32) };
            var x = (word + 0.5) / 4294967296;
            Assert.Equal(1, Philox.Log(x) / Math.Log(x), 1e-14);
            var (sine, cosine) = Philox.SineCosine(word);
            Assert.Equal(Math.Sin(word / 4294967296.0 * Math.Tau), sine, 2e-15);
            Assert.Equal(Math.Cos(word / 4294967296.0 * Math.Tau), cosine, 2e-15);
        }
    }

    [Fact]
    public void Normal_values_are_distributed_as_they_should_be_and_independent()
    {
        const int Count = 1 << 20;
        var values = Values(new PhiloxStream(0x123456789abcdef, 1, 0, 0), Count);
        var sorted = values.Order().ToArray();
        // Kolmogorov and Smirnov: above 1.95/√n by chance once in a thousand.
        var distance = Enumerable.Range(0, Count).Max(i => Math.Abs((i + 0.5) / Count - NormalBelow(sorted[i]))) + 0.5 / Count;
        Assert.InRange(distance * Math.Sqrt(Count), 0, 1.95);
        foreach (var (power, expected, spread) in new[] { (1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0) })
            Assert.Equal(expected, values.Average(value => Math.Pow(value, power)), 4 * Math.Sqrt(spread / Count));
        // The furthest of a million lie beyond 4.4; no value may be missing in the tails.
        Assert.InRange(sorted[^1], 4.4, 6.8);
        Assert.InRange(-sorted[0], 4.4, 6.8);
        foreach (var lag in new[] { 1, 2, 3, 4, 5, 1600, 12_288 })
            Assert.Equal(0, Correlation(values, values.Skip(lag)), 4 / Math.Sqrt(Count - lag));
        // The two of a pair have one radius: their squares would be correlated if the angle were not uniform.
        Assert.Equal(
            0,
            Correlation(values.Where((_, i) => i % 2 == 0).Select(v => v * v), values.Where((_, i) => i % 2 == 1).Select(v => v * v)),
            8 / Math.Sqrt(Count));
    }

    [Theory]
    [InlineData(1ul, 1u, 0u, 0u)]
    [InlineData(1ul << 32, 1u, 0u, 0u)]
    [InlineData(1ul << 63, 1u, 0u, 0u)]
    [InlineData(0ul, 2u, 0u, 0u)]
    [InlineData(0ul, 1u, 1u, 0u)]
    [InlineData(0ul, 1u, 0u, 1u)]
    public void Streams_that_differ_in_one_part_of_the_key_are_independent(ulong key, uint kind, uint step, uint frame)
    {
        const int Count = 1 << 16;
        double[] first = Values(new PhiloxStream(0, 1, 0, 0), Count), other = Values(new PhiloxStream(key, kind, step, frame), Count);
        Assert.Equal(0, Correlation(first, other), 4.5 / Math.Sqrt(Count));
        Assert.Empty(first.Zip(other).Where(pair => pair.First == pair.Second).Skip(2));
    }

    [Fact]
    public void A_stream_that_is_cut_short_begins_with_the_same_values()
    {
        var stream = new PhiloxStream(7, 1, 2, 3);
        var whole = Values(stream, 40);
        for (var count = 0; count < 40; count++) Assert.Equal(whole.Take(count), Values(stream, count));
    }

    [Fact]
    public void Uniform_values_and_integers_fill_their_ranges_evenly()
    {
        const int Count = 1 << 18;
        var uniform = new float[Count];
        fixed (float* target = uniform) Philox.Uniform(new PhiloxStream(5, 0, 0, 0), target, Count);
        Assert.All(new[] { uniform.Min(), uniform.Max() }, value => Assert.InRange(value, 0f, 0.99999994f));
        RequireEven(uniform.Select(value => (int)(value * 64)), 64, Count);
        foreach (var upper in new[] { 1, 2, 7, 50 })
        {
            var integers = new long[Count];
            fixed (long* target = integers) Philox.Integers(new PhiloxStream(5, 0, 1, 0), (ulong)upper, target, Count);
            RequireEven(integers.Select(value => (int)value), upper, Count);
        }
    }

    [Fact]
    public void The_same_values_come_out_on_every_machine()
    {
        using var scope = NewDisposeScope();
        var random = new PhiloxRandom(ulong.MaxValue - 1);
        var normal = random.Normal(7).data<float>().Select(BitConverter.SingleToInt32Bits).ToArray();
        var uniform = random.Uniform(3).data<float>().Select(BitConverter.SingleToInt32Bits).ToArray();
        var integers = random.Integers(long.MaxValue, 3).data<long>().ToArray();
        var noise = random.Noise(new NoiseKey(3, IsAudio: true, 2, FirstFrame: 9), 1, 1, 5)
            .data<float>()
            .Select(BitConverter.SingleToInt32Bits)
            .ToArray();
        // As another program computed them, in another language.
        Assert.Equal("-1082049642 1066618981 1075674931 -1080115539 -1083479695 1028702226 1045045940", string.Join(' ', normal));
        Assert.Equal("1064834814 1059978624 1042942424", string.Join(' ', uniform));
        Assert.Equal("2430280178466487120 99216425704644402 2027692586358120645", string.Join(' ', integers));
        Assert.Equal("-1094364224 1060603890 1041907402 1061779326 -1087840553", string.Join(' ', noise));
    }

    private static double[] Values(PhiloxStream stream, int count)
    {
        var values = new float[count + 1];
        values[count] = 77; // must stay
        fixed (float* target = values) Philox.Normal(stream, target, count);
        Assert.Equal(77, values[count]);
        return [.. values.Take(count).Select(value => (double)value)];
    }

    private static double Correlation(IEnumerable<double> first, IEnumerable<double> second)
    {
        var pairs = first.Zip(second).ToArray();
        double a = pairs.Average(pair => pair.First), b = pairs.Average(pair => pair.Second);
        return pairs.Average(pair => (pair.First - a) * (pair.Second - b));
    }

    // Chi-squared: within 5 standard deviations of its mean.
    private static void RequireEven(IEnumerable<int> values, int bins, int count)
    {
        var found = new double[bins];
        foreach (var value in values) found[value]++;
        var expected = (double)count / bins;
        Assert.InRange(found.Sum(n => (n - expected) * (n - expected) / expected), 0, bins - 1 + 5 * Math.Sqrt(2 * bins));
    }

    // Abramowitz and Stegun 26.2.17, exact to 7.5e-8.
    private static double NormalBelow(double x)
    {
        var t = 1 / (1 + 0.2316419 * Math.Abs(x));
        var tail = Math.Exp(-x * x / 2)
            / Math.Sqrt(Math.Tau)
            * t
            * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return x < 0 ? tail : 1 - tail;
    }
}
