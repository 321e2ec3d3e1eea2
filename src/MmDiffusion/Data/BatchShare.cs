namespace MmDiffusion.Data;

/// <summary>What one of several readers reads of every batch, in consecutive places.</summary>
/// <param name="Batch">Samples of the whole batch, at least 1.</param>
/// <param name="First">Samples of the batch before this reader's.</param>
/// <param name="Count">This reader's.</param>
public readonly record struct BatchShare(int Batch, int First, int Count)
{
    /// <summary>Divides the parts of a batch among ranks: consecutive parts, as many for each, but for a remainder.</summary>
    /// <param name="parts">Parts of the batch, at least as many as ranks.</param>
    /// <param name="partSize">Samples of a part.</param>
    /// <param name="rank">0 … <paramref name="ranks"/> - 1.</param>
    /// <param name="ranks">Readers, at least 1.</param>
    public static BatchShare Of(int parts, int partSize, int rank, int ranks)
    {
        var (first, end) = (Part(rank), Part(rank + 1));
        return new(parts * partSize, first * partSize, (end - first) * partSize);

        int Part(int which) => (int)((long)parts * which / ranks);
    }

    /// <summary>The place, counted over all batches, of this reader's n-th sample.</summary>
    internal long PlaceOf(long number) => number / Count * Batch + First + number % Count;
}
