using MmDiffusion.Collectives;
using MmDiffusion.Media;

namespace MmDiffusion.Generation;

/// <summary>
/// The clips of a request that one of several ranks makes: batches are handed out by number to whoever is ready, so that ranks may differ
/// in speed, and a batch is of the same seeds whoever makes it, so that clips are the same whatever the number of ranks.
/// </summary>
/// <param name="options">The whole request, the same on every rank.</param>
/// <param name="ranks">Who works on it; every rank takes batches until there are none.</param>
public sealed class GenerationShare(GenerationOptions options, ICollective ranks)
{
    /// <summary>Takes batches, each a request of its own, until all ranks are done. What fails on one is known to all.</summary>
    /// <param name="make">Makes the clips of a batch; calls no other rank.</param>
    /// <param name="isThere">Whether all clips of a batch are there already, which is then left out; null where none is.</param>
    /// <param name="onTaken">Given the number of clips in the request before a batch that was taken.</param>
    /// <exception cref="MmDiffusionException">
    /// A setting is out of range, a clip cannot be made here or on another rank, or one is gone.
    /// </exception>
    public void ForEach(Action<GenerationOptions> make, Func<GenerationOptions, bool>? isThere = null, Action<int>? onTaken = null)
    {
        options.Validate();
        ranks.ShareOut((options.Count + options.Batch - 1) / options.Batch, number =>
        {
            var first = number * options.Batch;
            var batch = options with
            {
                Seed = options.SeedOf(first),
                Count = Math.Min(options.Batch, options.Count - first),
            };
            onTaken?.Invoke(first);
            if (isThere?.Invoke(batch) != true) make(batch);
        });
    }
}
