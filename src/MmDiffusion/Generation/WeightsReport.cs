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
    string Format, long Bytes, string Digest, int Tensors, long Parameters, IReadOnlyDictionary<string, int> Types, IReadOnlyList<string> FirstNames, IReadOnlyList<string> Presets);
