using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Checkpoints;
using MmDiffusion.Evaluation.Extraction.Embedded;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>Turns the picture or the sound of a clip into features. May be used by several threads at once.</summary>
public sealed class FeatureExtractor : IDisposable
{
    private const string Folder = "extractors";

    private readonly IFeatureNetwork _network;

    internal FeatureExtractor(ExtractorDescription description, string digest, IFeatureNetwork network) =>
        (Description, Digest, _network) = (description, digest, network);

    /// <summary>What it is.</summary>
    public ExtractorDescription Description { get; }

    /// <summary>The SHA-256 of its weights in hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>The same only where features are: of the weights and of how clips are given to the network.</summary>
    public string Identity => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Digest}\n{Description.Canonical()}")));

    /// <summary>Opens an extractor.</summary>
    /// <param name="nameOrPath">A JSON description, or the name of one in the folder <c>extractors</c> of a library of models.</param>
    /// <param name="modality">What it must look at or listen to.</param>
    /// <exception cref="MmDiffusionException">
    /// There is none, it is of the other modality, or its weights are missing, wrong or damaged.
    /// </exception>
    public static FeatureExtractor Open(string nameOrPath, Modality modality)
    {
        var path = Find(nameOrPath);
        var description = ExtractorDescription.Read(path);
        if (description.Modality != modality)
            throw new MmDiffusionException(
                $"the extractor '{nameOrPath}' is for {Word(description.Modality)}, expected one for {Word(modality)}");
        var weights = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, description.Weights);
        if (!File.Exists(weights))
            throw new MmDiffusionException(
                $"the extractor '{description.Name}' needs its weights as '{weights}', which is not there; {Remedy(description)}");
        var digest = WeightFile.Digest(weights);
        if (description.Digest is { } expected && !expected.Equals(digest, StringComparison.OrdinalIgnoreCase))
            throw new MmDiffusionException(
                $"'{weights}' has the digest {digest[..12]}…, expected {expected[..Math.Min(12, expected.Length)]}…: it "
                + $"is not the file that '{path}' describes");
        return new FeatureExtractor(description, digest, Load(description, weights));
    }

    /// <summary>The features of a clip.</summary>
    /// <param name="clip">At the rates that the description asks for.</param>
    /// <returns>As many numbers for every clip.</returns>
    /// <exception cref="MmDiffusionException">The network does not take the clip, or gives something else than finite numbers.</exception>
    public float[] Extract(Clip clip)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var input = Description.Modality == Modality.Video
            ? VideoInput.Make(clip.Frames, Description)
            : AudioInput.Make(clip.Audio, Description);
        var output = _network.Run(input);
        if (output.dim() < 2 || output.shape[0] != 1)
            throw new MmDiffusionException(
                $"the extractor '{Description.Name}' gives features of shape "
                + $"[{string.Join(",", output.shape)}] for one clip, expected [1,dimensions]");
        var features = MemoryMarshal.Cast<byte, float>(output.to_type(ScalarType.Float32).contiguous().bytes).ToArray();
        return Array.TrueForAll(features, float.IsFinite)
            ? features
            : throw new MmDiffusionException(
                $"the extractor '{Description.Name}' gives features that are not finite numbers; check range and "
                + "layout in its description, and its weights");
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private static string Find(string nameOrPath)
    {
        if (File.Exists(nameOrPath)) return nameOrPath;
        var candidates = ModelDirectory.Libraries().Select(library => Path.Combine(library, Folder, nameOrPath + ".json")).ToList();
        return candidates.Find(File.Exists)
            ?? throw new MmDiffusionException(
                $"there is no extractor '{nameOrPath}': neither a file of that name nor "
                + $"{string.Join(" nor ", candidates.Select(path => $"'{path}'"))}; give a JSON description");
    }

    private static string Remedy(ExtractorDescription description) => description.Format switch
    {
        ExtractorFormat.Embedded => "train it with 'mmdiff evaluate train-extractors'",
        ExtractorFormat.I3d => "put the published i3d_pretrained_400.pt there",
        ExtractorFormat.Audioclip => "put the published AudioCLIP-Full-Training.pt there",
        _ => "put the file there, or correct 'weights' in the description",
    };

    private static string Word(Modality modality) => modality == Modality.Video ? "video" : "sound";

    private static IFeatureNetwork Load(ExtractorDescription description, string weights)
    {
        TorchRuntime.EnsureLoaded();
        return description.Format switch
        {
            ExtractorFormat.I3d => OfModule(_ => new I3dNetwork(), weights),
            ExtractorFormat.Audioclip => OfModule(_ => new AudioclipNetwork(), weights),
            ExtractorFormat.Embedded => OfModule(source => new SceneClassifier(description.Modality, source), weights),
            ExtractorFormat.Torchscript => new TorchScriptNetwork(weights),
            _ => new OnnxNetwork(weights),
        };
    }

    private static ModuleNetwork OfModule(Func<IWeightSource, nn.Module<Tensor, Tensor>> make, string weights)
    {
        using var source = WeightFile.Open(weights);
        var module = make(source);
        StateDict.LoadInto(module, source, weights);
        module.eval();
        return new ModuleNetwork(module);
    }
}
