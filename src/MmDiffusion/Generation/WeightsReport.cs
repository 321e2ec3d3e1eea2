namespace MmDiffusion.Generation;

/// <summary>What is known of a file of weights without reading them.</summary>
/// <param name="Format">"safetensors", "PyTorch zip" or "PyTorch before 1.6".</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Digest">SHA-256 of the file in hexadecimal.</param>
/// <param name="Tensors">How many there are.</param>
/// <param name="Parameters">How many numbers they have in all.</param>
/// <param name="Types">The types they are stored in, with the number of tensors of each.</param>
/// <param name="FirstNames">The names of the first few.</param>
/// <param name="Presets">The presets whose network has just these names and shapes.</param>
public sealed record WeightsReport(
    string Format, long Bytes, string Digest, int Tensors, long Parameters, IReadOnlyDictionary<string, int> Types,
    IReadOnlyList<string> FirstNames, IReadOnlyList<string> Presets)
{
    /// <summary>The section that this tells of, and that is taken where none is asked for; empty for the outermost.</summary>
    public string Section { get; init; } = "";

    /// <summary>All sections that hold tensors.</summary>
    public IReadOnlyList<SectionReport> Sections { get; init; } = [];

    /// <summary>Tensors of the section that cannot be read, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable { get; init; } = new Dictionary<string, string>();
}

/// <summary>A section of a checkpoint.</summary>
/// <param name="Name">Names of the dicts around its tensors, joined by dots; empty for the outermost.</param>
/// <param name="Tensors">How many there are.</param>
/// <param name="Parameters">How many elements they have in all.</param>
public sealed record SectionReport(string Name, int Tensors, long Parameters);
