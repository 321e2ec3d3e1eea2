using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Extraction;

/// <summary>
/// Weights that anyone can make by a formula: element i of entry k is s = sin(0.7 (i + 1) + 1.3 (k + 1)), scaled by what the entry is.
/// </summary>
internal static class FormulaWeights
{
    internal static void Fill(nn.Module network, IReadOnlyList<string> names)
    {
        using var noGradient = no_grad();
        var entries = network.state_dict();
        Assert.Equal(names.Order(StringComparer.Ordinal), entries.Keys.Order(StringComparer.Ordinal));
        for (var k = 0; k < names.Count; k++)
        {
            using var scope = NewDisposeScope();
            var entry = entries[names[k]];
            entry.copy_(Value(names[k], k, entry.shape));
        }
    }

    /// <summary>As <see cref="Fill"/>, but the wavelets are their own value, a little changed, and the window is what it is.</summary>
    internal static void FillAudioclip(nn.Module network, IReadOnlyList<string> names)
    {
        using var noGradient = no_grad();
        var entries = network.state_dict();
        Assert.Equal(names.Order(StringComparer.Ordinal), entries.Keys.Order(StringComparer.Ordinal));
        for (var k = 0; k < names.Count; k++)
        {
            using var scope = NewDisposeScope();
            var entry = entries[names[k]];
            if (names[k] == "window") entry.copy_(BlackmanHarris(entry.shape[0]));
            else if (names[k] == "fbsp.bias") continue;
            else if (names[k].StartsWith("fbsp.", StringComparison.Ordinal))
                entry.copy_(entry.to_type(ScalarType.Float64) * (1 + 0.01 * Sine(k, entry.shape)) + (names[k] == "fbsp.m" ? 0.5 : 0));
            else if (entry.dim() == 1 && names[k].EndsWith("weight", StringComparison.Ordinal))
                entry.copy_(1 + 0.1 * Sine(k, entry.shape));
            else
                entry.copy_(Value(names[k], k, entry.shape));
        }
    }

    private static Tensor BlackmanHarris(long length)
    {
        var angle = arange(length, ScalarType.Float64) * (2 * Math.PI / length);
        return 0.35875 - 0.48829 * angle.cos() + 0.14128 * (2 * angle).cos() - 0.01168 * (3 * angle).cos();
    }

    private static Tensor Sine(int k, long[] shape)
    {
        var count = shape.Aggregate(1L, (product, extent) => product * extent);
        return arange(1, count + 1, ScalarType.Float64).mul(0.7).add(1.3 * (k + 1)).sin().reshape(shape);
    }

    private static Tensor Value(string name, int k, long[] shape)
    {
        var count = shape.Aggregate(1L, (product, extent) => product * extent);
        var s = Sine(k, shape);
        return name switch
        {
            _ when name.EndsWith("num_batches_tracked", StringComparison.Ordinal) => s * 0,
            _ when name.EndsWith("running_var", StringComparison.Ordinal) => 1 + 0.5 * s * s,
            _ when name.EndsWith("bn.weight", StringComparison.Ordinal) => 1 + 0.1 * s,
            _ when shape.Length >= 2 => s * Math.Sqrt(3 / ((double)count / shape[0])),
            _ => 0.1 * s,
        };
    }
}
