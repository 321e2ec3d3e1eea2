using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>Named tensors in a file, read one at a time.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>The tensors in the file's order, names without the prefix that a wrapper such as DataParallel gives to all of them.</summary>
    IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>Text that the file carries beside its tensors.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    /// <returns>A CPU tensor of the stored type, of the caller's scope.</returns>
    /// <exception cref="MmDiffusionException">There is no such tensor, or the file is damaged.</exception>
    Tensor Load(string name);
}
