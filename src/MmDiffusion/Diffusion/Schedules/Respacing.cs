using System.Globalization;

namespace MmDiffusion.Diffusion;

/// <summary>Chooses the timesteps that a shorter schedule keeps.</summary>
public static class Respacing
{
    private const string StridePrefix = "ddim";

    /// <summary>The kept timesteps in rising order.</summary>
    /// <param name="respacing">See <see cref="NoiseSchedule.Respace"/>.</param>
    /// <param name="steps">Steps of the schedule, which are split into equal sections.</param>
    /// <exception cref="MmDiffusionException">The text is not understood or asks for more steps than there are.</exception>
    public static IReadOnlyList<int> Timesteps(string respacing, int steps)
    {
        if (respacing.StartsWith(StridePrefix, StringComparison.Ordinal))
        {
            var count = Count(respacing[StridePrefix.Length..], respacing);
            return Strided(count, steps)
                ?? throw new MmDiffusionException(
                    $"respacing '{respacing}': no whole stride through {steps} steps gives exactly {count}; use '{count}' for even spacing");
        }
        var counts = respacing.Split(',').Select(part => Count(part, respacing)).ToList();
        var (size, extra) = (steps / counts.Count, steps % counts.Count);
        var kept = new List<int>();
        var start = 0;
        foreach (var (section, count) in counts.Index())
        {
            var length = size + (section < extra ? 1 : 0);
            if (count > length)
                throw new MmDiffusionException($"respacing '{respacing}' asks for {count} steps out of a section of {length}; ask for at most {length}");
            kept.AddRange(Even(count, length).Select(step => start + step));
            start += length;
        }
        return kept;
    }

    /// <summary>The respacing for a sampler of the DDIM family: a whole stride where one gives that many steps, else even spacing.</summary>
    /// <param name="count">Steps to keep.</param>
    /// <param name="steps">Steps of the schedule.</param>
    public static string ForDdim(int count, int steps) =>
        (Strided(count, steps) is null ? "" : StridePrefix) + count.ToString(CultureInfo.InvariantCulture);

    private static int[]? Strided(int count, int steps)
    {
        for (var stride = 1; stride < steps; stride++)
            if ((steps + stride - 1) / stride == count) return [.. Enumerable.Range(0, count).Select(i => i * stride)];
        return null;
    }

    /// <summary>First and last included; a running sum rounded half to even, as the recorded tables have it.</summary>
    private static IEnumerable<int> Even(int count, int length)
    {
        var stride = count <= 1 ? 1 : (length - 1) / (double)(count - 1);
        var position = 0.0;
        for (var i = 0; i < count; i++, position += stride) yield return (int)Math.Round(position, MidpointRounding.ToEven);
    }

    private static int Count(string text, string respacing) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new MmDiffusionException($"respacing '{respacing}' is not understood: expected a number of steps ('250'), "
                + "numbers per section ('10,15,20') or 'ddim' and a number ('ddim25')");
}
