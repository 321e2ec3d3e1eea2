using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>
/// The chance in a training run. Everything that happens to sample n depends on the run's seed and n alone: not on how a batch is split,
/// nor on what came before, so that a resumed run needs no random state to go on as it would have.
/// </summary>
internal static class TrainingSample
{
    /// <summary>Seeds of samples <paramref name="first"/> … first + count - 1 for one use.</summary>
    internal static IReadOnlyList<ulong> SeedsOf(ulong runSeed, long first, int count, string use) =>
        [.. Enumerable.Range(0, count).Select(i => Seeds.Derive(runSeed, $"{use} {first + i}"))];
}
