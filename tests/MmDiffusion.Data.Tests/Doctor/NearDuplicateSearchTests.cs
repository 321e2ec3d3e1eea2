using System.Runtime.InteropServices;
using MmDiffusion.Data.Doctor;

namespace MmDiffusion.Data.Tests.Doctor;

[Trait("group", "unit")]
public sealed class NearDuplicateSearchTests
{
    private const int Ticks = 40;

    [Fact]
    public void A_part_that_two_of_many_files_share_is_found_at_its_shift_though_some_bits_differ()
    {
        var random = new Random(3);
        var files = Enumerable.Range(0, 2000).Select(_ => RandomFile(random)).ToList();
        // The last 20 ticks of file 7 are the first of file 1500, three bits of each hash flipped and the sound louder.
        var (hashes, loudness) = (files[1500].Hashes.ToArray(), files[1500].Loudness);
        for (var tick = 0; tick < 20; tick++)
        {
            hashes[tick] = Enumerable.Range(0, 3).Aggregate(files[7].Hashes[tick + 20], (hash, _) => hash ^ (1UL << random.Next(64)));
            loudness[tick] = (byte)(files[7].Loudness[tick + 20] + 6);
        }
        files[1500] = Make(hashes, loudness);
        Assert.Equal(new NearDuplicate(7, 1500, 5, 0, 5), Assert.Single(NearDuplicateSearch.Find(files, default)));
    }

    [Fact]
    public void The_same_picture_with_another_sound_is_not_alike()
    {
        var random = new Random(4);
        var file = RandomFile(random);
        Assert.Empty(NearDuplicateSearch.Find([file, Make(file.Hashes.ToArray(), RandomFile(random).Loudness)], default));
        Assert.Single(NearDuplicateSearch.Find([file, Make(file.Hashes.ToArray(), file.Loudness)], default));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(-2, 1)]
    [InlineData(6, 0)]
    public void A_copy_whose_sound_moved_by_up_to_half_a_second_is_alike(int ticks, int found)
    {
        var file = RandomFile(new Random(7));
        var moved = Enumerable.Range(0, Ticks).Select(tick => file.Loudness[(tick + ticks + Ticks) % Ticks]).ToArray();
        Assert.Equal(found, NearDuplicateSearch.Find([file, Make(file.Hashes.ToArray(), moved)], default).Count);
    }

    [Fact]
    public void Files_without_detail_or_in_common_for_less_than_a_moment_are_not_alike()
    {
        var random = new Random(5);
        var blank = Make(new ulong[Ticks], new byte[Ticks]);
        Assert.Empty(NearDuplicateSearch.Find([blank, blank], default));
        var (file, other) = (RandomFile(random), RandomFile(random));
        var hashes = other.Hashes.ToArray();
        file.Hashes[^4..].CopyTo(hashes);
        file.Loudness.AsSpan()[^4..].CopyTo(other.Loudness);
        Assert.Empty(NearDuplicateSearch.Find([file, Make(hashes, other.Loudness)], default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(-7)]
    public void Correlation_at_a_lag_is_that_of_the_shifted_sequences(int lag)
    {
        var random = new Random(6);
        var a = Enumerable.Range(0, 50).Select(_ => random.NextDouble()).ToArray();
        var b = Enumerable.Range(0, 50).Select(i => i - lag is >= 0 and < 50 ? 3 * a[i - lag] - 1 : 9).ToArray();
        Assert.Equal(1, Correlation.At(a, b, lag), 1e-9);
        Assert.InRange(Correlation.At(a, b, lag + 2), -0.6, 0.6);
        Assert.Equal(0, Correlation.At(a, new double[50], 0));
    }

    private static Fingerprint RandomFile(Random random)
    {
        var hashes = Enumerable.Range(0, Ticks).Select(_ => (ulong)random.NextInt64() ^ ((ulong)random.NextInt64() << 1)).ToArray();
        return Make(hashes, [.. Enumerable.Range(0, Ticks).Select(_ => (byte)random.Next(20, 80))]);
    }

    private static Fingerprint Make(ulong[] hashes, byte[] loudness) =>
        new() { Frames = MemoryMarshal.AsBytes(hashes.AsSpan()).ToArray(), Loudness = loudness };
}
