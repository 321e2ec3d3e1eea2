using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>What a model's weights mean: stored as <c>config.json</c> beside them.</summary>
public sealed record ModelDescription
{
    /// <summary>What the model makes.</summary>
    public required ModelKind Kind { get; init; }

    /// <summary>Sizes of the joint network; null for an upscaler.</summary>
    public CoupledUNetConfiguration? Coupled { get; init; }

    /// <summary>Sizes of the upscaler's network; null for a joint model.</summary>
    public SuperResolutionConfiguration? SuperResolution { get; init; }

    /// <summary>The diffusion it was trained for.</summary>
    public DiffusionConfiguration Diffusion { get; init; } = DiffusionConfiguration.Base;

    /// <summary>Frames per second of a joint model's clips, above 0. 10 by default.</summary>
    public double FrameRate { get; init; } = 10;

    /// <summary>Samples per second of a joint model's sound, above 0. 16,000 by default.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary>
    /// What pixels in [-1, 1] are multiplied by before the joint network sees them, in (0, 1]. 1 by default, as in the paper.
    /// </summary>
    public double VideoScale { get; init; } = 1;

    /// <summary>
    /// The power that magnitudes of the sound are raised to before the joint network hears them, in (0, 1]. 1 by default: as they are, as
    /// in the paper.
    /// </summary>
    public double SoundExponent { get; init; } = 1;

    /// <summary>
    /// Share of a joint model's training clips, in [0, 1], of which one modality was given, picture and sound as often as each other:
    /// without noise, its timestep 0. 0 by default, as in the paper: what is given then conditions the model zero-shot. The older name of
    /// <see cref="TaskShares.Given"/>.
    /// </summary>
    public double ConditionalShare { get; init; }

    /// <summary>
    /// What a joint model was trained to do beside the paper's joint denoising; null, the default, for <see cref="ConditionalShare"/>
    /// alone.
    /// </summary>
    public TaskShares? Tasks { get; init; }

    /// <summary>
    /// For an upscaler, what the difference between frames in [-1, 1] and their small versions enlarged is multiplied by to be diffused, in
    /// (0, 100]. Null, the default, diffuses the frames themselves, as in the paper.
    /// </summary>
    public double? DetailScale { get; init; }

    /// <summary>Whether the weights come from training. Without, clips are noise, and every command says so.</summary>
    public bool Trained { get; init; } = true;

    /// <summary>Where the weights come from, for people; null where unknown.</summary>
    public string? Source { get; init; }

    /// <summary>The shares of training samples that were other than joint.</summary>
    public TaskShares TrainedTasks() => Tasks ?? new TaskShares { Given = ConditionalShare };

    /// <summary>Seconds that a joint model's frames last.</summary>
    public double VideoDuration() => (Coupled?.Frames ?? 0) / FrameRate;

    /// <summary>Seconds that a joint model's sound lasts.</summary>
    public double AudioDuration() => (double)(Coupled?.AudioLength ?? 0) / SampleRate;

    /// <summary>Clips as this model trains on them: a joint model's own; for an upscaler single frames of the large size.</summary>
    public ClipShape TrainingShape() => Coupled is { } coupled
        ? new()
        {
            Frames = coupled.Frames,
            Height = coupled.Height,
            Width = coupled.Width,
            FrameRate = FrameRate,
            AudioLength = coupled.AudioLength,
            SampleRate = SampleRate,
        }
        : new()
        {
            Frames = 1,
            Height = SuperResolution!.LargeSize,
            Width = SuperResolution.LargeSize,
            FrameRate = FrameRate,
            AudioLength = (int)(SampleRate / FrameRate),
            SampleRate = SampleRate,
        };

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Kind != ModelKind.Joint || Coupled is not null, "kind is joint, but 'coupled' is missing");
        errors.Require(Kind != ModelKind.Upscaler || SuperResolution is not null, "kind is upscaler, but 'super_resolution' is missing");
        errors.Require(FrameRate is > 0 and <= 1000, $"frame_rate is {FrameRate}, expected above 0 and at most 1000");
        errors.Require(SampleRate is > 0 and <= 1_000_000, $"sample_rate is {SampleRate}, expected 1 to 1000000");
        errors.Require(VideoScale is > 0 and <= 1, $"video_scale is {VideoScale}, expected above 0 and at most 1");
        errors.Require(SoundExponent is > 0 and <= 1, $"sound_exponent is {SoundExponent}, expected above 0 and at most 1");
        errors.Require(ConditionalShare is >= 0 and <= 1, $"conditional_share is {ConditionalShare}, expected 0 to 1");
        errors.Require(
            Tasks is null || ConditionalShare == 0,
            $"both tasks and conditional_share are set; state {ConditionalShare} as tasks.given alone");
        errors.Require(Tasks is null || Kind == ModelKind.Joint, "tasks are set for an upscaler, expected a joint model");
        Tasks?.Validate(errors, Coupled?.Frames ?? 0);
        errors.Require(
            DetailScale is null or (> 0 and <= 100),
            $"detail_scale is {DetailScale}, expected above 0 and at most 100, or none");
        errors.ThrowIfAny("the model's description");
        if (Kind == ModelKind.Joint) Coupled!.Validate();
        else SuperResolution!.Validate();
        Diffusion.Validate();
        var learned = Diffusion.LearnsVariance();
        var doubled = Kind == ModelKind.Joint ? Coupled!.LearnSigma : SuperResolution!.LearnSigma;
        errors.Require(
            learned == doubled,
            $"learn_sigma is {doubled}, but the diffusion's variance is {(learned ? "learned" : "fixed")}; they must agree");
        errors.ThrowIfAny("the model's description");
    }
}

/// <summary>What a model makes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelKind>))]
public enum ModelKind
{
    /// <summary>Video and sound together: a Coupled U-Net.</summary>
    [JsonStringEnumMemberName("joint")]
    Joint,

    /// <summary>Large frames from small ones: a super-resolution U-Net.</summary>
    [JsonStringEnumMemberName("upscaler")]
    Upscaler,
}

/// <summary>Model descriptions as JSON, in snake_case; unknown settings are refused rather than ignored.</summary>
public static class ModelJson
{
    /// <summary>The JSON of a description.</summary>
    public static string Write(ModelDescription description) => JsonSerializer.Serialize(description, SettingsJson.Options);

    /// <summary>Reads the description of one kind of model from a file.</summary>
    /// <param name="path">
    /// A description; or a file with sections <c>coupled</c> and <c>super_resolution</c> alone, of which one is taken.
    /// </param>
    /// <param name="kind">Which section to take where a file has both; null where the file says so itself.</param>
    /// <exception cref="MmDiffusionException">The file cannot be read, or is not valid.</exception>
    public static ModelDescription Read(string path, ModelKind? kind = null)
    {
        var description = SettingsJson.Read(path, "model description", settings =>
            (settings.ContainsKey("kind") ? settings : OfSections(settings, kind)).Deserialize<ModelDescription>(SettingsJson.Options));
        if (kind is { } wanted && description.Kind != wanted)
            throw new MmDiffusionException($"'{path}' describes a model of kind {Name(description.Kind)}, expected {Name(wanted)}");
        description.Validate();
        return description;
    }

    private static string Name(ModelKind kind) => kind == ModelKind.Joint ? "joint" : "upscaler";

    /// <summary>A file of network sizes alone: everything else is as the published models have it.</summary>
    private static JsonObject OfSections(JsonObject sections, ModelKind? kind)
    {
        kind ??= sections.ContainsKey("coupled") ? ModelKind.Joint : ModelKind.Upscaler;
        var section = kind == ModelKind.Joint ? "coupled" : "super_resolution";
        if (sections[section] is not JsonObject network) throw new JsonException($"neither 'kind' nor a section '{section}' is there");
        var diffusion = new DiffusionConfiguration
        {
            Variance = network["learn_sigma"]?.GetValue<bool>() ?? kind == ModelKind.Upscaler
                ? VarianceKind.LearnedRange
                : VarianceKind.FixedLarge,
        };
        return new JsonObject
        {
            ["kind"] = Name(kind.Value),
            [section] = network.DeepClone(),
            ["diffusion"] = JsonSerializer.SerializeToNode(diffusion, SettingsJson.Options),
        };
    }
}
