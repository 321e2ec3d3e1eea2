using System.Buffers.Binary;
using System.Text;

namespace MmDiffusion.Testing.Fuzzing;

/// <summary>
/// Damages valid inputs as disks, programs and people do: flipped bits, extreme numbers, cuts, splices, repeats and tokens of the format.
/// </summary>
/// <param name="samples">Valid inputs, small ones: the smaller, the more of the mutations hit something that matters.</param>
/// <param name="tokens">Words of the format, put in at random; null for none.</param>
internal sealed class ByteMutator(IReadOnlyList<byte[]> samples, IReadOnlyList<byte[]>? tokens = null) : IMutator
{
    private static readonly long[] Extremes =
    [
        0, 1, 2, 3, 7, 8, 9, 15, 16, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue - 1, int.MaxValue,
        1L + int.MaxValue, uint.MaxValue, 1L + uint.MaxValue,
        long.MaxValue - 1, long.MaxValue, long.MinValue, -1, -2, int.MinValue,
        1L << 40, 1L << 62,
    ];

    /// <summary>A mutator of texts, in UTF-8.</summary>
    internal static ByteMutator OfText(IEnumerable<string> samples, params string[] tokens) =>
        new([.. samples.Select(Encoding.UTF8.GetBytes)], [.. tokens.Select(Encoding.UTF8.GetBytes)]);

    public IReadOnlyList<byte[]> Samples => samples;

    public byte[] Mutate(Random random)
    {
        var input = new List<byte>(samples[random.Next(samples.Count)]);
        for (var left = 1 + (random.Next(4) == 0 ? random.Next(8) : random.Next(2)); left > 0; left--) MutateOnce(input, random);
        return [.. input];
    }

    private void MutateOnce(List<byte> input, Random random)
    {
        if (input.Count == 0)
        {
            input.AddRange(samples[random.Next(samples.Count)]);
            return;
        }
        var at = random.Next(input.Count);
        switch (random.Next(10))
        {
            case 0 or 1:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                input[at] = (byte)random.Next(256);
                break;
            case 3 or 4:
                Overwrite(input, at, Extreme(random));
                break;
            case 5:
                input.RemoveRange(at, input.Count - at);
                break;
            case 6:
                input.RemoveRange(at, Length(random, input.Count - at));
                break;
            case 7:
                input.InsertRange(random.Next(input.Count + 1), input.GetRange(at, Length(random, input.Count - at)));
                break;
            case 8:
                // The beginning of one input and the end of another.
                var other = samples[random.Next(samples.Count)];
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            default:
                if (tokens is { Count: > 0 })
                {
                    var token = tokens[random.Next(tokens.Count)];
                    if (random.Next(2) == 0) input.InsertRange(at, token);
                    else Overwrite(input, at, token);
                }
                else
                {
                    input.Insert(at, (byte)random.Next(256));
                }
                break;
        }
    }

    private static int Length(Random random, int most) => 1 + random.Next(random.Next(4) == 0 ? most : Math.Min(most, 16));

    private static void Overwrite(List<byte> input, int at, byte[] bytes)
    {
        input.RemoveRange(at, Math.Min(bytes.Length, input.Count - at));
        input.InsertRange(at, bytes);
    }

    private static byte[] Extreme(Random random)
    {
        var bytes = new byte[sizeof(long)];
        var value = Extremes[random.Next(Extremes.Length)];
        var length = 1 << random.Next(4);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        Array.Resize(ref bytes, length);
        if (random.Next(4) == 0) Array.Reverse(bytes);
        return bytes;
    }
}
