using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation;

/// <summary>Draws numbers of clips, the same for the same seed.</summary>
internal sealed class IndexSampler(ulong seed)
{
    private ulong _drawn;

    /// <summary>Uniform in 0 … <paramref name="count"/> - 1.</summary>
    internal int Next(int count) => (int)Math.BigMul(Seeds.Derive(seed, _drawn++), (ulong)count, out _);

    /// <summary>As many as there are, with replacement.</summary>
    internal int[] Resample(int count) => [.. Enumerable.Range(0, count).Select(_ => Next(count))];

    /// <summary>The same numbers in another order.</summary>
    internal int[] Shuffled(IEnumerable<int> numbers)
    {
        var result = numbers.ToArray();
        for (var i = result.Length - 1; i > 0; i--)
        {
            var other = Next(i + 1);
            (result[i], result[other]) = (result[other], result[i]);
        }
        return result;
    }
}
