using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>
/// A network in evaluation mode, with what its weights mean. Safe to share between threads: while one of them computes with it, others
/// neither unload nor dispose the network.
/// </summary>
public abstract class LoadedModel : IDisposable
{
    /// <summary>
    /// To load a network of the paper's size again takes a second or two, to make a clip minutes; a small one is not worth it.
    /// </summary>
    internal const long Large = 128 << 20;

    private readonly Lock _gate = new();
    private nn.Module? _network;
    private int _users;
    private bool _isDisposed;

    private protected LoadedModel(ModelDirectory directory, nn.Module network, string? digest, ModelOptions options)
    {
        (Directory, Digest, Options, _network) = (directory, digest, options, network);
        WeightBytes = BytesOf(network);
    }

    /// <summary>Where it was loaded from.</summary>
    public ModelDirectory Directory { get; }

    /// <summary>
    /// SHA-256 of the weights' file in hexadecimal; null where the network has no weights but those training starts with.
    /// </summary>
    public string? Digest { get; }

    /// <summary>Where it runs.</summary>
    public Device Device => Options.Device;

    /// <summary>What its convolutions and attention compute in.</summary>
    public abstract ScalarType ComputeType { get; }

    /// <summary>Bytes of the network's weights.</summary>
    internal long WeightBytes { get; }

    /// <summary>Bytes of the weights of a network, which may live on the <c>meta</c> device.</summary>
    internal static long BytesOf(nn.Module network) => network.state_dict().Values.Sum(tensor => tensor.numel() * tensor.element_size());

    /// <summary>Whether its memory is worth giving to others while they compute; on a GPU a clip takes seconds, too.</summary>
    internal bool IsLarge => WeightBytes >= Large && Device.type == TorchSharp.DeviceType.CPU;

    private protected ModelOptions Options { get; }

    /// <summary>The network, loaded again where it was unloaded. It stays while somebody <see cref="Use"/>s it.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, and nobody uses it.</exception>
    private protected nn.Module Loaded
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed && _users == 0, this);
                return _network ??= LoadAgain();
            }
        }
    }

    /// <summary>Keeps the network loaded until what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    internal IDisposable Use()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _users++;
            return new Lease(this);
        }
    }

    /// <summary>Gives the network's memory to others until it is needed again, unless somebody uses it.</summary>
    internal void Unload()
    {
        lock (_gate)
        {
            if (_users > 0) return;
            _network?.Dispose();
            _network = null;
        }
    }

    /// <summary>Frees the network, at once or as soon as nobody uses it any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Unload();
        }
        GC.SuppressFinalize(this);
    }

    private void Return()
    {
        lock (_gate)
        {
            _users--;
            if (_isDisposed) Unload();
        }
    }

    private sealed class Lease(LoadedModel model) : IDisposable
    {
        private LoadedModel? _model = model;

        public void Dispose() => Interlocked.Exchange(ref _model, null)?.Return();
    }

    /// <summary>The refusal of a result that is not finite.</summary>
    /// <param name="result">What was computed, for the message.</param>
    internal MmDiffusionException NotFinite(string result)
    {
        var precision = ComputeType == ScalarType.Float32 ? "" : ", or compute in fp32";
        return new MmDiffusionException(
            $"the model '{Directory.Name}' computed NaN or infinite values for {result}, as after a training that "
            + "diverged, so that nothing was written of it; "
            + $"take an earlier checkpoint of the model{precision}");
    }

    /// <summary>Reads the network from its folder, with the digest of its weights.</summary>
    private protected abstract (nn.Module Network, string? Digest) Read();

    private nn.Module LoadAgain()
    {
        var (network, digest) = Read();
        if (digest != Digest)
        {
            network.Dispose();
            throw new MmDiffusionException($"the weights in '{Directory.Path}' were replaced while they were in use; start again");
        }
        // It outlives the step of the work that asked for it first.
        foreach (var tensor in network.state_dict().Values) tensor.DetachFromDisposeScope();
        return network;
    }
}

/// <summary>How a model is loaded.</summary>
public sealed record ModelOptions
{
    /// <summary>Where it runs. The CPU by default.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>What it computes in. Automatic by default.</summary>
    public Precision Precision { get; init; }
}

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
            throw new MmDiffusionException(
                $"'{directory.Path}' has no {ModelDirectory.WeightsFile}; import a checkpoint into it, or train it");
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
