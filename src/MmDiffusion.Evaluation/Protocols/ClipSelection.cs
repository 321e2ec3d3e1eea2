using MmDiffusion.Data;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Protocols;

/// <summary>Chooses the files of a set.</summary>
internal static class ClipSelection
{
    /// <summary>With fewer clips than this no interval means anything.</summary>
    internal const int Fewest = 16;

    /// <summary>The files that a protocol takes from a folder, by name.</summary>
    /// <exception cref="MmDiffusionException">There is no such folder, or it has too few clips.</exception>
    internal static IReadOnlyList<string> Choose(string folder, EvaluationProtocol protocol)
    {
        var files = MediaInputs.ExpandClips(folder);
        if (files.Count < Fewest)
            throw new MmDiffusionException(
                $"'{folder}' has {Plural(files.Count)}, expected at least {Fewest} to measure anything; add clips");
        if (protocol.Clips == 0 || protocol.Clips == files.Count) return files;
        if (files.Count < protocol.Clips)
            throw new MmDiffusionException(
                $"'{folder}' has {Plural(files.Count)}, but the protocol '{protocol.Name}' asks for {protocol.Clips}; "
                + "add clips, or use a protocol with fewer");
        // By name and not by folder, so that a copy of the folder gives the same.
        var sampler = new IndexSampler(Seeds.Derive(protocol.Seed, "selection"));
        return [.. sampler.Shuffled(Enumerable.Range(0, files.Count)).Take(protocol.Clips).Order().Select(index => files[index])];
    }

    private static string Plural(int count) => count == 1 ? "1 clip" : $"{count} clips";
}
