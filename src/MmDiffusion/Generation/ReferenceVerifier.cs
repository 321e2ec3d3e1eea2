using MmDiffusion.Checkpoints;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Runs a network on recorded inputs and compares its outputs with the recorded ones.</summary>
public static class ReferenceVerifier
{
    /// <summary>The largest relative error that passes in float32.</summary>
    public const double Float32Tolerance = 1e-4;

    /// <summary>The largest relative error that passes in bfloat16.</summary>
    public const double BFloat16Tolerance = 5e-2;

    /// <summary>Compares a checkpoint with recorded values.</summary>
    /// <param name="checkpoint">A .pt or safetensors file.</param>
    /// <param name="description">What its weights mean.</param>
    /// <param name="reference">
    /// A safetensors file. For a joint model: <c>video</c>, <c>audio</c>, <c>timesteps</c>, outputs <c>video_out.shift0</c> and
    /// <c>audio_out.shift0</c> with windows in place, and <c>*_out.shifted</c> with the windows shifted by <c>window_shifts</c>. For an
    /// upscaler: <c>x</c>, <c>low_res</c>, <c>timesteps</c> and <c>out</c>.
    /// </param>
    /// <param name="options">Device and precision; automatic is float32, in which the values were recorded.</param>
    /// <returns>The error of each recorded output.</returns>
    /// <exception cref="MmDiffusionException">A file cannot be read, or lacks what is needed.</exception>
    public static IReadOnlyList<ReferenceError> Verify(string checkpoint, ModelDescription description, string reference, ModelOptions options)
    {
        description.Validate();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var recorded = new Recording(reference, options.Device);
        using var weights = WeightFile.Open(checkpoint);
        var compute = options.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var tolerance = compute == ScalarType.BFloat16 ? BFloat16Tolerance : Float32Tolerance;
        using var network = ModelImporter.NewNetwork(description, CPU);
        StateDict.LoadInto(network, weights, checkpoint);
        network.eval();
        var outputs = network switch
        {
            CoupledUNet coupled => RunJoint(coupled, compute, options.Device, recorded),
            SuperResolutionUNet upscaler => RunUpscaler(upscaler, compute, options.Device, recorded),
            _ => throw new InvalidOperationException($"{network.GetType().Name} is no known network"),
        };
        return [.. outputs.Select(output => new ReferenceError(output.Name, output.Value.shape, recorded.Error(output.Name, output.Value), tolerance))];
    }

    private static List<(string Name, Tensor Value)> RunJoint(CoupledUNet network, ScalarType compute, Device device, Recording recorded)
    {
        network.ComputeType = compute;
        network.to(device);
        var (x, timesteps) = (new AudioVideo(recorded["video"], recorded["audio"]), recorded["timesteps"]);
        var outputs = Run("shift0", new long[network.ShiftCount]);
        return recorded.Has("window_shifts") ? [.. outputs, .. Run("shifted", recorded["window_shifts"].cpu().data<long>().ToArray())] : outputs;

        List<(string, Tensor)> Run(string name, long[] shifts)
        {
            var output = network.forward(x, timesteps, WindowShifts.PerBlock(shifts));
            return [($"video_out.{name}", output.Video), ($"audio_out.{name}", output.Audio)];
        }
    }

    private static List<(string Name, Tensor Value)> RunUpscaler(SuperResolutionUNet network, ScalarType compute, Device device, Recording recorded)
    {
        network.ComputeType = compute;
        network.to(device);
        return [("out", network.forward(recorded["x"], recorded["timesteps"], recorded["low_res"]))];
    }

    private sealed class Recording(string path, Device device) : IDisposable
    {
        private readonly IWeightSource _source = WeightFile.Open(path);

        internal Tensor this[string name] => Has(name)
            ? _source.Load(name).to(device)
            : throw new MmDiffusionException($"'{path}' has no '{name}', which this kind of model is verified with; is it the recording of another model?");

        internal bool Has(string name) => _source.Entries.Any(entry => entry.Name == name);

        internal double Error(string name, Tensor found)
        {
            using var scope = NewDisposeScope();
            var (f, e) = (found.to_type(ScalarType.Float64), this[name].to_type(ScalarType.Float64));
            if (!f.shape.SequenceEqual(e.shape))
                throw new MmDiffusionException($"'{name}' is [{string.Join(", ", e.shape)}] in '{path}', but the network gives [{string.Join(", ", f.shape)}]");
            return ((f - e).abs().max() / e.abs().max()).item<double>();
        }

        public void Dispose() => _source.Dispose();
    }
}
