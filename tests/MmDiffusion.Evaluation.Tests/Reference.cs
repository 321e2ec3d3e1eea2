using System.Text.Json;
using MmDiffusion.Checkpoints;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests;

/// <summary>The recorded values of one directory that concern evaluation.</summary>
internal sealed class Reference
{
    private readonly string _path;

    internal Reference(string directory, string file = "evaluation.safetensors")
    {
        _path = Path.Combine(directory, file);
        Assert.SkipUnless(File.Exists(_path), $"{Path.GetFileName(directory)} has no {file}");
    }

    internal IReadOnlyDictionary<string, string> Metadata
    {
        get
        {
            using var source = WeightFile.Open(_path);
            return source.Metadata;
        }
    }

    internal IReadOnlyList<string> Names
    {
        get
        {
            using var source = WeightFile.Open(_path);
            return [.. source.Entries.Select(entry => entry.Name)];
        }
    }

    internal Tensor this[string name]
    {
        get
        {
            using var source = WeightFile.Open(_path);
            return source.Load(name);
        }
    }

    /// <summary>The prefixes of all pairs of feature sets in the file.</summary>
    internal IReadOnlyList<string> Pairs
    {
        get
        {
            using var source = WeightFile.Open(_path);
            return [.. source.Entries.Where(entry => entry.Name.EndsWith(".frechet", StringComparison.Ordinal)).Select(entry =>
                entry.Name[..^".frechet".Length])];
        }
    }

    internal IReadOnlyList<string> I3dNames
    {
        get
        {
            using var source = WeightFile.Open(_path);
            return JsonSerializer.Deserialize<string[]>(source.Metadata["i3d_state_dict_names"])!;
        }
    }
}
