using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>A storage that tensors look into.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Elements">Their number.</param>
/// <param name="Offset">Where it begins in the storage that holds its bytes, in elements: other than 0 only for views of the older format.</param>
internal sealed record StorageReference(string Key, ScalarType Type, long Elements, long Offset = 0);
