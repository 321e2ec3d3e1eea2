using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;
using Recording = System.Collections.Generic.Dictionary<string, TorchSharp.torch.Tensor?>;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class ReferenceVerifierTests(TinyModel model) : IClassFixture<TinyModel>
{
    private string Weights => Path.Combine(model.Folder, ModelDirectory.WeightsFile);

    private static readonly Dictionary<string, (Func<Recording, Recording> Change, string Said)> Odd = new()
    {
        ["too few shifts"] = (recording => With(recording, "window_shifts", recording["window_shifts"]![..1]), "window shifts were given "
            + "for"),
        ["too many shifts"] = (recording =>
            With(recording, "window_shifts", cat([recording["window_shifts"]!, zeros(3, ScalarType.Int64)])),
            "window shifts were given for"),
        ["no shifts"] = (recording => With(recording, "window_shifts", zeros(0, ScalarType.Int64)), "0 window shifts were given for"),
        ["too large shifts"] = (recording => With(recording, "window_shifts", full_like(recording["window_shifts"]!, 3)),
            "expected one, or 1, of 0 to 2"),
        ["negative shifts"] = (recording => With(recording, "window_shifts", full_like(recording["window_shifts"]!, -1)),
            "are [-1], expected"),
        ["fractions as shifts"] = (recording => With(recording, "window_shifts", full(recording["window_shifts"]!.shape, 0.5f)),
            "'window_shifts' has a value that is no whole number"),
        ["NaN as shifts"] = (recording => With(recording, "window_shifts", full(recording["window_shifts"]!.shape, float.NaN)),
            "no whole number"),
        ["endless shifts"] = (recording =>
            With(recording, "window_shifts", full(recording["window_shifts"]!.shape, float.PositiveInfinity)), "no whole number"),
        ["another video"] = (recording => With(recording, "video", zeros([1, 4, 3, 8, 9])), "video is [1, 4, 3, 8, 9], expected [B, 4, 3, "
            + "8, 8]"),
        ["flat video"] = (recording => With(recording, "video", zeros([4, 3, 8, 8])), "video is [4, 3, 8, 8]"),
        ["another sound"] = (recording => With(recording, "audio", zeros([1, 2, 3200])), "audio is [1, 2, 3200]"),
        ["two sounds for a video"] = (recording => With(recording, "audio", zeros([2, 1, 3200])), "do not make a batch"),
        ["empty batch"] = (recording => With(recording, "video", zeros([0, 4, 3, 8, 8])), "'video' is [0, 4, 3, 8, 8], so there is "
            + "nothing to run"),
        ["whole numbers as video"] = (recording => With(recording, "video", zeros([1, 4, 3, 8, 8], ScalarType.Byte)),
            "'video' is stored as Byte"),
        ["two timesteps"] = (recording => With(recording, "timesteps", zeros(2, ScalarType.Int64)), "[2] timesteps do not make a batch"),
        ["no timesteps"] = (recording => With(recording, "timesteps", zeros(0, ScalarType.Int64)), "'timesteps' is [0]"),
        ["a timestep beyond the schedule"] = (recording => With(recording, "timesteps", full([1], 2000, ScalarType.Int64)),
            "'timesteps' has a value outside of 0 to 1000"),
        ["NaN as a timestep"] = (recording => With(recording, "timesteps", full([1], float.NaN)), "outside of 0 to 1000"),
        ["no output"] = (recording => With(recording, "audio_out.shifted", null), "has no 'audio_out.shifted'"),
        ["another output"] = (recording => With(recording, "video_out.shift0", zeros([1, 4, 3, 8, 9])), "'video_out.shift0' is [1, 4, 3, "
            + "8, 9]"),
        ["flat output"] = (recording => With(recording, "audio_out.shift0", zeros(3200)), "'audio_out.shift0' is [3200]"),
    };

    private static readonly Dictionary<string, Func<Recording, Recording>> Harmless = new()
    {
        ["as it is"] = recording => recording,
        ["shifts in 32 bits"] = recording => With(recording, "window_shifts", recording["window_shifts"]!.to_type(ScalarType.Int32)),
        ["shifts as fractions"] = recording => With(recording, "window_shifts", recording["window_shifts"]!.to_type(ScalarType.Float32)),
        ["shifts in a column"] = recording => With(recording, "window_shifts", recording["window_shifts"]!.view(-1, 1)),
        ["timesteps in 32 bits"] = recording => With(recording, "timesteps", recording["timesteps"]!.to_type(ScalarType.Int32)),
        ["timesteps as fractions"] = recording => With(recording, "timesteps", recording["timesteps"]!.to_type(ScalarType.Float32)),
        ["in 64 bits"] = recording =>
            recording.ToDictionary(entry => entry.Key, entry =>
                entry.Value!.is_floating_point() ? entry.Value!.to_type(ScalarType.Float64) : (Tensor?)entry.Value),
    };

    public static TheoryData<string> OddNames => [.. Odd.Keys];

    public static TheoryData<string> HarmlessNames => [.. Harmless.Keys];

    [Theory]
    [MemberData(nameof(OddNames))]
    public void A_recording_that_does_not_fit_is_a_sentence(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (change, said) = Odd[kind];
        var path = Write(folder, change(Record()));
        var message = Assert.ThrowsAny<MmDiffusionException>(() => Verify(path)).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(HarmlessNames))]
    public void A_recording_agrees_whatever_types_its_numbers_have(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var errors = Verify(Write(folder, Harmless[kind](Record())));
        Assert.Equal(4, errors.Count);
        Assert.All(errors, error => Assert.True(error.Agrees, $"{error}"));
    }

    [Theory]
    [InlineData(ScalarType.Float16, ReferenceVerifier.Float16Tolerance)]
    [InlineData(ScalarType.BFloat16, ReferenceVerifier.BFloat16Tolerance)]
    public void An_output_is_judged_by_the_tolerance_of_the_type_it_is_recorded_in(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var recording = Record();
        recording = With(recording, "video_out.shift0", recording["video_out.shift0"]!.to_type(type));
        foreach (var error in Verify(Write(folder, recording)))
        {
            var isRounded = error.Tensor == "video_out.shift0";
            Assert.Equal(isRounded ? tolerance : ReferenceVerifier.Float32Tolerance, error.Tolerance);
            Assert.True(error.Agrees, $"{error}");
            if (isRounded) Assert.True(error.Error > ReferenceVerifier.Float32Tolerance, "rounding alone is more than float32 allows");
        }
    }

    [Theory]
    [InlineData(ScalarType.Float16, ReferenceVerifier.Float16Tolerance)]
    [InlineData(ScalarType.BFloat16, ReferenceVerifier.BFloat16Tolerance)]
    [InlineData(ScalarType.Float64, ReferenceVerifier.Float32Tolerance)]
    public void Weights_are_judged_by_the_tolerance_of_the_type_they_are_stored_in(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Write(folder, Record());
        using (var source = WeightFile.Open(Weights))
            SafetensorsWriter.Write(folder["weights"], source.Entries.Select(entry => entry with { Type = type }), name =>
                source.Load(name).to_type(type));
        foreach (var error in Verify(path, folder["weights"]))
        {
            Assert.Equal(tolerance, error.Tolerance);
            Assert.True(error.Agrees, $"{error}");
        }
        // One tensor of many is enough.
        using (var source = WeightFile.Open(Weights))
        {
            var one = source.Entries[0].Name;
            ScalarType TypeOf(string name) => name == one ? type : ScalarType.Float32;
            SafetensorsWriter.Write(
                folder["mixed"],
                source.Entries.Select(entry => entry with { Type = TypeOf(entry.Name) }),
                name => source.Load(name).to_type(TypeOf(name)));
        }
        Assert.All(Verify(path, folder["mixed"]), error => Assert.Equal(tolerance, error.Tolerance));
    }

    private IReadOnlyList<ReferenceError> Verify(string path, string? weights = null) =>
        ReferenceVerifier.Verify(weights ?? Weights, ModelDirectory.Open(model.Folder).Description, path, new ModelOptions());

    private static Recording With(Recording recording, string name, Tensor? value) => new(recording) { [name] = value };

    private static string Write(TemporaryFolder folder, Recording recording)
    {
        SafetensorsWriter.Write(
            folder["recorded.safetensors"],
            recording.Where(entry => entry.Value is not null).Select(entry => KeyValuePair.Create(entry.Key, entry.Value!)));
        return folder["recorded.safetensors"];
    }

    private Recording Record() => Record(Weights);

    /// <summary>What the network of a file of weights gives.</summary>
    internal static Recording Record(string weights)
    {
        using var noGradient = no_grad();
        using var network = new CoupledUNet(TinyModel.Coupled);
        using (var source = WeightFile.Open(weights)) StateDict.LoadInto(network, source);
        network.eval();
        using var generator = new Generator(3);
        var x = new AudioVideo(randn([1, 4, 3, 8, 8], generator: generator), randn([1, 1, 3200], generator: generator));
        var (timesteps, shifts) = (full([1], 500, ScalarType.Int64), Enumerable.Repeat(1L, network.ShiftCount).ToArray());
        var (plain, shifted) = (network.forward(x, timesteps, WindowShifts.PerBlock(new long[network.ShiftCount])), network.forward(
            x,
            timesteps,
            WindowShifts.PerBlock(shifts)));
        return new Recording
        {
            ["video"] = x.Video,
            ["audio"] = x.Audio,
            ["timesteps"] = timesteps,
            ["window_shifts"] = tensor(shifts),
            ["video_out.shift0"] = plain.Video,
            ["audio_out.shift0"] = plain.Audio,
            ["video_out.shifted"] = shifted.Video,
            ["audio_out.shifted"] = shifted.Audio,
        };
    }
}
