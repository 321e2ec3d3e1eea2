using MmDiffusion.Checkpoints;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Fills a network from its folder.</summary>
internal static class Weights
{
    private const ulong UntrainedSeed = 0;

    /// <summary>Loads the weights, or starts the network as training would where the folder has none.</summary>
    /// <returns>The digest of the weights' file; null where there is none.</returns>
    internal static string? Fill(nn.Module network, ModelDirectory directory, Action<IRandomSource> initialize, Device device)
    {
        string? digest = null;
        if (directory.Weights is { } path)
        {
            using var source = WeightFile.Open(path);
            StateDict.LoadInto(network, source, path);
            digest = WeightFile.Digest(path);
        }
        else if (directory.Description.Trained)
        {
            throw new MmDiffusionException($"'{directory.Path}' has no {ModelDirectory.WeightsFile}; import a checkpoint into it, or train it");
        }
        else
        {
            using var random = new SeededRandom(UntrainedSeed);
            initialize(random);
        }
        network.to(device);
        network.eval();
        // Guidance differentiates by the state; without this it would keep what only gradients of weights need.
        foreach (var parameter in network.parameters()) parameter.requires_grad_(false);
        return digest;
    }
}
