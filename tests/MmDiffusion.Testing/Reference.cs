using System.Text.Json;
using System.Text.Json.Nodes;
using MmDiffusion.Checkpoints;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using static TorchSharp.torch;

namespace MmDiffusion.Testing;

/// <summary>One directory of recorded values.</summary>
internal sealed class Reference(string directory)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly JsonNode _configuration = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "config.json")))!;

    // Values were recorded without dropout, the training step too.
    internal CoupledUNetConfiguration CoupledConfiguration =>
        _configuration["coupled"].Deserialize<CoupledUNetConfiguration>(Json)! with { Dropout = 0 };

    internal SuperResolutionConfiguration UpscalerConfiguration =>
        _configuration["super_resolution"].Deserialize<SuperResolutionConfiguration>(Json)!;

    /// <summary>The path of one file; the test is skipped where the directory lacks it.</summary>
    internal string this[string file]
    {
        get
        {
            var path = Path.Combine(directory, file);
            Assert.SkipUnless(File.Exists(path), $"{Path.GetFileName(directory)} has no {file}");
            return path;
        }
    }

    /// <summary>The path of a stored checkpoint, or of one made by formula, for the networks whose weights are not stored.</summary>
    /// <param name="file">coupled.pt or sr.pt.</param>
    /// <param name="folder">Where one is made.</param>
    internal string Checkpoint(string file, TemporaryFolder folder)
    {
        var stored = Path.Combine(directory, file);
        if (File.Exists(stored)) return stored;
        var metadata = Metadata(Path.ChangeExtension(file, "io.safetensors"));
        Assert.SkipUnless(metadata.ContainsKey("state_dict_names"), $"{Path.GetFileName(directory)} has no {file}");
        SplitMixWeights.Write(
            folder[file],
            JsonSerializer.Deserialize<string[]>(metadata["state_dict_names"])!,
            JsonSerializer.Deserialize<Dictionary<string, int[]>>(metadata["shapes"])!);
        return folder[file];
    }

    internal CoupledUNet Coupled() => Load(new CoupledUNet(CoupledConfiguration), "coupled.pt");

    internal SuperResolutionUNet Upscaler() => Load(new SuperResolutionUNet(UpscalerConfiguration), "sr.pt");

    /// <summary>All tensors of a file, of the caller's scope.</summary>
    internal Dictionary<string, Tensor> Tensors(string file)
    {
        using var source = WeightFile.Open(this[file]);
        return source.Entries.ToDictionary(entry => entry.Name, entry => source.Load(entry.Name));
    }

    internal IReadOnlyDictionary<string, string> Metadata(string file)
    {
        using var source = WeightFile.Open(this[file]);
        return source.Metadata;
    }

    /// <summary>The largest difference relative to the largest expected value.</summary>
    internal static double Error(Tensor found, Tensor expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, found.shape);
        var (f, e) = (found.detach().to_type(ScalarType.Float64), expected.to_type(ScalarType.Float64));
        return ((f - e).abs().max() / e.abs().max()).item<double>();
    }

    private T Load<T>(T network, string file) where T : nn.Module
    {
        using var folder = new TemporaryFolder();
        using var source = WeightFile.Open(Checkpoint(file, folder));
        StateDict.LoadInto(network, source);
        network.eval();
        return network;
    }
}
