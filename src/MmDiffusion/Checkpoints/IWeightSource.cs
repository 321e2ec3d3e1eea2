using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>Named tensors in a file, read one at a time: those of one section where a checkpoint has several.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>
    /// The tensors in the file's order, names without the prefix that a wrapper such as DataParallel gives to all of them. Where a checkpoint
    /// has several sections and none was asked for, those of the averaged weights (EMA), else of the section with most tensors.
    /// </summary>
    IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>
    /// Where in the file <see cref="Entries"/> are: names of the dicts around them, joined by dots; empty for the outermost.
    /// </summary>
    string Section { get; }

    /// <summary>The names of the other sections that would do as well.</summary>
    IReadOnlyList<string> OtherSections { get; }

    /// <summary>Tensors of the section that cannot be read, by name, with the reason and the remedy.</summary>
    IReadOnlyDictionary<string, string> Unreadable { get; }

    /// <summary>Text that the file carries beside its tensors.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    /// <returns>A CPU tensor of the stored type, of the caller's scope.</returns>
    /// <exception cref="MmDiffusionException">There is no such tensor, or the file is damaged.</exception>
    Tensor Load(string name);

    /// <summary>
    /// The section that has just the given names and shapes, at any depth and behind any prefix: averaged weights (EMA) before others, never
    /// the state of an optimiser.
    /// </summary>
    /// <param name="wanted">Names, shapes and types; where the type is floating point, so is the stored one.</param>
    /// <param name="fits">Whether there is one. Otherwise the result is the section that comes nearest.</param>
    /// <returns>The section, to be used before this source is disposed, and not disposed itself.</returns>
    IWeightSource Fitting(IReadOnlyList<WeightEntry> wanted, out bool fits);
}
