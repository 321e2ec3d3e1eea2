using MmDiffusion.Checkpoints;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Runs a network on recorded inputs and compares its outputs with the recorded ones.</summary>
public static class ReferenceVerifier
{
    /// <summary>The largest relative error that passes in float32.</summary>
    public const double Float32Tolerance = 1e-4;

    /// <summary>The largest relative error that passes where weights are stored as float16.</summary>
    public const double Float16Tolerance = 6e-3;

    /// <summary>The largest relative error that passes in bfloat16, or where weights are stored so.</summary>
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
    /// <param name="section">The section of the checkpoint, as for <see cref="WeightFile.Open"/>; null to choose the one that fits.</param>
    /// <param name="notice">Told which section was chosen where there are several; null for nobody.</param>
    /// <returns>
    /// The error of each recorded output, with the tolerance of the coarsest of the precisions that it was computed in, that the weights
    /// are stored in and that it is recorded in.
    /// </returns>
    /// <exception cref="MmDiffusionException">A file cannot be read, lacks what is needed, or does not fit the network.</exception>
    public static IReadOnlyList<ReferenceError> Verify(
        string checkpoint,
        ModelDescription description,
        string reference,
        ModelOptions options,
        string? section = null,
        Action<string>? notice = null)
    {
        description.Validate();
        using var scope = NewDisposeScope();
        using var weights = WeightFile.Open(checkpoint, section);
        nn.Module? network = null;
        try
        {
            return Compare(reference, description, options.Device, Load);
        }
        finally
        {
            network?.Dispose();
        }

        (nn.Module Network, double Tolerance) Load()
        {
            network = ModelImporter.NewNetwork(description, CPU);
            var taken = StateDict.LoadInto(network, weights, checkpoint);
            if (StateDict.Choice(taken, checkpoint) is { } choice) notice?.Invoke(choice);
            var compute = options.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
            if (network is CoupledUNet joint) joint.ComputeType = compute;
            else ((SuperResolutionUNet)network).ComputeType = compute;
            network.eval();
            network.to(options.Device);
            return (network, taken.Entries.Select(entry => ToleranceOf(entry.Type)).Append(ToleranceOf(compute)).Max());
        }
    }

    /// <summary>Compares a network, which is loaded only once the recording is known to be whole, and stays the caller's.</summary>
    internal static IReadOnlyList<ReferenceError> Compare(
        string reference,
        ModelDescription description,
        Device device,
        Func<(nn.Module Network, double Tolerance)> load)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var recorded = new Recording(reference, device);
        Func<nn.Module, List<(string Name, Tensor Value)>> run = description.Kind == ModelKind.Joint
            ? PrepareJoint(recorded, description.Diffusion.Steps)
            : PrepareUpscaler(recorded, description.Diffusion.Steps);
        var (network, tolerance) = load();
        try
        {
            return [.. run(network).Select(output =>
                new ReferenceError(output.Name, output.Value.shape, recorded.Error(output.Name, output.Value),
                Math.Max(tolerance, ToleranceOf(recorded.TypeOf(output.Name)))))];
        }
        catch (ArgumentException exception)
        {
            // What the network says of shapes and shifts is a sentence already.
            throw new MmDiffusionException($"'{reference}' does not fit the network: {exception.Message}", exception);
        }
    }

    private static double ToleranceOf(ScalarType type) => type switch
    {
        ScalarType.BFloat16 => BFloat16Tolerance,
        ScalarType.Float16 => Float16Tolerance,
        _ => Float32Tolerance,
    };

    private static Func<nn.Module, List<(string Name, Tensor Value)>> PrepareJoint(Recording recorded, int steps)
    {
        var (x, timesteps) = (new AudioVideo(recorded.Input("video"), recorded.Input("audio")), recorded.Timesteps(steps));
        var shifts = recorded.Has("window_shifts") ? recorded.WholeNumbers("window_shifts") : null;
        recorded.RequireOutputs(
            shifts is null
                ? ["video_out.shift0", "audio_out.shift0"]
                : ["video_out.shift0", "audio_out.shift0", "video_out.shifted", "audio_out.shifted"]);
        return network =>
        {
            var coupled = (CoupledUNet)network;
            var outputs = Run(coupled, "shift0", new long[coupled.ShiftCount]);
            return shifts is null ? outputs : [.. outputs, .. Run(coupled, "shifted", shifts)];
        };

        List<(string, Tensor)> Run(CoupledUNet network, string name, long[] shifts)
        {
            var output = network.forward(x, timesteps, WindowShifts.PerBlock(shifts));
            return [($"video_out.{name}", output.Video), ($"audio_out.{name}", output.Audio)];
        }
    }

    private static Func<nn.Module, List<(string Name, Tensor Value)>> PrepareUpscaler(Recording recorded, int steps)
    {
        var (x, lowResolution, timesteps) = (recorded.Input("x"), recorded.Input("low_res"), recorded.Timesteps(steps));
        recorded.RequireOutputs(["out"]);
        return network => [("out", ((SuperResolutionUNet)network).forward(x, timesteps, lowResolution))];
    }

    private sealed class Recording(string path, Device device) : IDisposable
    {
        private readonly IWeightSource _source = WeightFile.Open(path);

        internal bool Has(string name) => _source.Entries.Any(entry => entry.Name == name);

        /// <summary>What a value is stored as.</summary>
        internal ScalarType TypeOf(string name) => _source.Entries.First(entry => entry.Name == name).Type;

        /// <summary>A float32 input that is not empty.</summary>
        internal Tensor Input(string name)
        {
            var value = Load(name);
            if (!value.is_floating_point()) throw Wrong($"'{name}' is stored as {value.dtype}, expected a floating-point type");
            return NotEmpty(name, value).to_type(ScalarType.Float32).to(device);
        }

        internal Tensor Timesteps(int steps)
        {
            const string name = "timesteps";
            var value = NotEmpty(name, Load(name));
            var numbers = value.to_type(ScalarType.Float64);
            if (!numbers.AtLeast(0).logical_and(numbers.AtMost(steps)).all().item<bool>())
                throw Wrong($"'{name}' has a value outside of 0 to {steps}, the diffusion's steps");
            return value.to(device);
        }

        internal long[] WholeNumbers(string name)
        {
            var numbers = Load(name).to_type(ScalarType.Float64).flatten();
            // Not a comparison with itself rounded, which an infinity passes.
            if (!numbers.abs().AtMost(int.MaxValue).logical_and(numbers.eq(numbers.round())).all().item<bool>())
                throw Wrong($"'{name}' has a value that is no whole number");
            return numbers.to_type(ScalarType.Int64).data<long>().ToArray();
        }

        internal void RequireOutputs(IEnumerable<string> names)
        {
            if (names.FirstOrDefault(name => !Has(name)) is { } missing) throw Missing(missing);
        }

        internal double Error(string name, Tensor found)
        {
            using var scope = NewDisposeScope();
            var (f, e) = (found.cpu().to_type(ScalarType.Float64), Load(name).to_type(ScalarType.Float64));
            if (!f.shape.SequenceEqual(e.shape))
                throw new MmDiffusionException(
                    $"'{name}' is [{string.Join(", ", e.shape)}] in '{path}', but the network gives [{string.Join(", ", f.shape)}]");
            var (error, largest) = ((f - e).abs().max().item<double>(), e.abs().max().item<double>());
            return largest == 0 ? error : error / largest;
        }

        public void Dispose() => _source.Dispose();

        private Tensor Load(string name) => Has(name) ? _source.Load(name) : throw Missing(name);

        private Tensor NotEmpty(string name, Tensor value) =>
            value.numel() > 0
                ? value
                : throw Wrong($"'{name}' is [{string.Join(", ", value.shape)}], so there is nothing to run the network on");

        private MmDiffusionException Wrong(string what) => new($"{what} in '{path}'; record it again from the published code");

        private MmDiffusionException Missing(string name) =>
            new($"'{path}' has no '{name}', which this kind of model is verified with; is it the recording of another model?");
    }
}

/// <summary>How far an output is from what was recorded.</summary>
/// <param name="Tensor">Name of the recorded output.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Error">The largest difference, relative to the largest recorded value.</param>
/// <param name="Tolerance">The largest error that passes.</param>
public sealed record ReferenceError(string Tensor, IReadOnlyList<long> Shape, double Error, double Tolerance)
{
    /// <summary>Whether the output agrees; a value that is NaN does not.</summary>
    public bool Agrees => Error <= Tolerance;
}
