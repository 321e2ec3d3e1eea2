using MmDiffusion.Testing.Models;

namespace MmDiffusion.Testing;

/// <summary>
/// Weights that anyone can make by a formula, so that a set of recorded values needs none stored. Element i of entry k is the output z
/// of splitmix64 for the state k·2³² + i; its top 53 bits give u in [0, 1), and s = √3 (2u − 1), of variance 1. Tensors of two and more
/// dimensions are s / √(elements of one output row), other names that end in "weight" 1 + 0.1 s, the rest 0.1 s.
/// </summary>
internal static class SplitMixWeights
{
    /// <summary>Writes a checkpoint as torch.save does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The entries in the order of the checkpoint.</param>
    /// <param name="shapes">The shape of each.</param>
    internal static void Write(string path, IReadOnlyList<string> names, IReadOnlyDictionary<string, int[]> shapes)
    {
        var values = new List<float>();
        var offsets = new int[names.Count];
        for (var k = 0; k < names.Count; k++)
        {
            offsets[k] = values.Count;
            var shape = shapes[names[k]];
            var count = shape.Aggregate(1, (product, extent) => product * extent);
            for (var i = 0; i < count; i++) values.Add((float)Value(names[k], shape, count, Unit(k, i)));
        }
        var pickle = new PickleWriter().BeginDictionary();
        for (var k = 0; k < names.Count; k++)
        {
            var shape = shapes[names[k]];
            pickle.Text(names[k]).Tensor("FloatStorage", "0", values.Count, offsets[k], shape, PickleWriter.Strides(shape));
        }
        var bytes = new byte[values.Count * sizeof(float)];
        Buffer.BlockCopy(values.ToArray(), 0, bytes, 0, bytes.Length);
        PtFixture.Zip(path, pickle.EndItems().Stop(), ("0", bytes));
    }

    private static double Value(string name, int[] shape, int count, double s) => shape.Length switch
    {
        >= 2 => s / Math.Sqrt(count / shape[0]),
        _ when name.EndsWith("weight", StringComparison.Ordinal) => 1 + 0.1 * s,
        _ => 0.1 * s,
    };

    /// <summary>Element i of entry k, of mean 0 and variance 1.</summary>
    private static double Unit(int k, int i)
    {
        var z = ((ulong)k << 32) + (ulong)i + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return Math.Sqrt(3) * (2 * ((z >> 11) / (double)(1L << 53)) - 1);
    }
}
