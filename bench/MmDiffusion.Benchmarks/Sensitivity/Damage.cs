using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Benchmarks.Sensitivity;

/// <summary>Ways to make clips worse, each with its strengths.</summary>
/// <param name="Name">What is done, and in what the strength is measured.</param>
/// <param name="Strengths">Ascending.</param>
/// <param name="Apply">Damages one of many clips: all of them, its number and the strength.</param>
internal sealed record Damage(string Name, double[] Strengths, Func<IReadOnlyList<Clip>, int, double, Clip> Apply)
{
    internal static IReadOnlyList<Damage> All { get; } =
    [
        new("blurred frames, standard deviation in pixels", [0.5, 1, 2, 4], (clips, i, strength) =>
            clips[i] with { Frames = Blur(clips[i].Frames, strength) }),
        new("noise in frames, standard deviation in levels", [4, 8, 16, 32], (clips, i, strength) =>
            clips[i] with { Frames = Noise(clips[i].Frames, i, strength) }),
        new("shuffled frames, within groups of", [2, 4, 8, 16], (clips, i, strength) =>
            clips[i] with { Frames = Shuffle(clips[i].Frames, i, (int)strength) }),
        new("swapped sound, share of clips", [0.25, 0.5, 0.75, 1], (clips, i, strength) =>
            i < strength * clips.Count ? clips[i] with { Audio = clips[Swapped(i, (int)(strength * clips.Count))].Audio } : clips[i]),
        new("noise in sound, standard deviation", [0.003, 0.01, 0.03, 0.1], (clips, i, strength) =>
            clips[i] with { Audio = Noise(clips[i].Audio, i, strength) }),
    ];

    /// <summary>Another one of the first so many.</summary>
    private static int Swapped(int clip, int count) => (clip + count / 2) % count;

    private static Frames Blur(Frames frames, double deviation)
    {
        var radius = (int)Math.Ceiling(3 * deviation);
        var kernel = Enumerable.Range(-radius, 2 * radius + 1).Select(x => Math.Exp(-0.5 * x * x / (deviation * deviation))).ToArray();
        var total = kernel.Sum();
        var (source, target) = (frames.Pixels, new double[frames.Pixels.Length]);
        var (rows, columns) = (frames.Width * 3, 3);
        Pass(i => source[i], columns, frames.Width, i => i / 3 % frames.Width);
        var first = (double[])target.Clone();
        Pass(i => first[i], rows, frames.Height, i => i / rows % frames.Height);
        return Copy(frames, i => target[i]);

        void Pass(Func<int, double> value, int step, int length, Func<int, int> place)
        {
            for (var i = 0; i < target.Length; i++)
            {
                var (at, sum) = (place(i), 0.0);
                for (var k = -radius; k <= radius; k++)
                    sum += kernel[k + radius] * value(i + (Math.Clamp(at + k, 0, length - 1) - at) * step);
                target[i] = sum / total;
            }
        }
    }

    private static Frames Noise(Frames frames, int seed, double deviation)
    {
        var noise = Normal(frames.Pixels.Length, seed);
        return Copy(frames, i => frames.Pixels[i] + deviation * noise[i]);
    }

    private static Frames Shuffle(Frames frames, int seed, int group)
    {
        var sampler = new Evaluation.IndexSampler(Seeds.Derive((ulong)seed, "shuffle"));
        int[] order = [.. Enumerable.Range(0, frames.Count).Chunk(group).SelectMany(part => sampler.Shuffled(part))];
        return Copy(frames, i => frames.Pixels[order[i / frames.FrameBytes] * frames.FrameBytes + i % frames.FrameBytes]);
    }

    private static Audio Noise(Audio sound, int seed, double deviation)
    {
        var noise = Normal(sound.Samples.Length, seed);
        return sound with { Samples = [.. sound.Samples.Select((sample, i) => Math.Clamp(sample + (float)(deviation * noise[i]), -1, 1))] };
    }

    private static double[] Normal(int count, int seed)
    {
        var (values, state) = (new double[count], Seeds.Derive((ulong)seed, "noise"));
        for (var i = 0; i < count; i++)
        {
            var (u, v) = (Seeds.Derive(state, 2UL * (ulong)i), Seeds.Derive(state, 2UL * (ulong)i + 1));
            values[i] = Math.Sqrt(-2 * Math.Log((u + 1.0) / ulong.MaxValue)) * Math.Cos(2 * Math.PI * v / ulong.MaxValue);
        }
        return values;
    }

    private static Frames Copy(Frames frames, Func<int, double> pixel)
    {
        var pixels = new byte[frames.Pixels.Length];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Clamp(Math.Round(pixel(i)), 0, 255);
        return new Frames(pixels, frames.Height, frames.Width, frames.Rate);
    }
}
