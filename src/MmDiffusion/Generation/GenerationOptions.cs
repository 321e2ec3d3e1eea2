using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Media;
using MmDiffusion.Model;
using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>What to generate, and how.</summary>
public sealed record GenerationOptions
{
    /// <summary>Clips to make. 1 by default.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Seed of the first clip; the next have the next numbers, so that each can be made again alone. 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// How noise is made of the seeds. Philox by default; <see cref="RandomGenerator.MersenneTwister"/> makes clips again whose manifests
    /// name no generator.
    /// </summary>
    public RandomGenerator Generator { get; init; } = RandomGenerator.Philox;

    /// <summary>
    /// Name of the sampler, see <see cref="Samplers.All"/>. UniPC by default, as in <see cref="GenerationProfile.Fast"/>.
    /// </summary>
    public string Sampler { get; init; } = "unipc";

    /// <summary>A sampler of one's own, in the place of the one that is named; null, the default, for the named one.</summary>
    public SamplerDescription? OwnSampler { get; init; }

    /// <summary>
    /// Network calls of the sampler. 12 by default, as in <see cref="GenerationProfile.Fast"/>; null for what is usual for the sampler.
    /// </summary>
    public int? Steps { get; init; } = 12;

    /// <summary>
    /// Every how many network calls the deep features are computed, at least 1: see <see cref="DeepFeatures"/>. 1 by default, at every one.
    /// </summary>
    public int Reuse { get; init; } = 1;

    /// <summary>Clips sampled together, at least 1. 1 by default, which needs the least memory.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>The part of the clips that is given; null to generate both.</summary>
    public GivenClip? Given { get; init; }

    /// <summary>
    /// λ of zero-shot guidance by what is given: 0 for replacement alone. Null, the default, for <see cref="TrainedConditioning"/> where
    /// the model was trained for it (<see cref="ModelDescription.TrainedTasks"/>), else the paper's 3.
    /// </summary>
    public double? Guidance { get; init; }

    /// <summary>
    /// Makes what holds the result to the part that is given, of that part as the network sees it; null, the default, for what
    /// <see cref="Guidance"/> says.
    /// </summary>
    public Func<AudioVideo, Conditioning>? OwnConditioning { get; init; }

    /// <summary>The class of the clips, one of the model's labels; null, the default, for any.</summary>
    public string? Label { get; init; }

    /// <summary>
    /// The class that clips are guided away from; null, the default, for none: guidance then is away from clips of any class.
    /// </summary>
    public string? NotLabel { get; init; }

    /// <summary>
    /// How far clips are guided towards <see cref="Label"/>, or away from <see cref="NotLabel"/>: 1 for not beyond what the network
    /// predicts, usually up to 4. Above 1 each call costs one more. Null, the default, for 1, or 2 with a <see cref="NotLabel"/>.
    /// </summary>
    public double? LabelGuidance { get; init; }

    /// <summary>
    /// How far clips are guided away from video and audio that are not in step: 1, the default, for not beyond what the network predicts.
    /// Above 1 each call costs two more, or one where a modality is given. For models that were trained on
    /// <see cref="TaskShares.Marginal"/>.
    /// </summary>
    public double SyncGuidance { get; init; } = 1;

    /// <summary>Where the guidance by labels and synchrony acts; null, the default, for everywhere.</summary>
    public GuidanceInterval? GuidanceInterval { get; init; }

    /// <summary>How frames are enlarged where there is an upscaler.</summary>
    public UpscalingOptions Upscaling { get; init; } = new();

    /// <summary>Network calls between previews; 0 for none.</summary>
    public int PreviewEvery { get; init; }

    /// <summary>w of <see cref="LabelGuidance"/>, with its default.</summary>
    internal double LabelScale => LabelGuidance ?? (NotLabel is null ? 1 : 2);

    /// <summary>The name of the sampler, be it one's own.</summary>
    internal string SamplerName => OwnSampler?.Name ?? Sampler;

    /// <summary>Makes the sampler, for the diffusion of a model.</summary>
    /// <exception cref="MmDiffusionException">There is none of that name, or the steps do not suit it.</exception>
    internal ISampler NewSampler(ModelDescription model)
    {
        var process = new GaussianProcess(model.Diffusion);
        return OwnSampler?.New(process, Steps) ?? Samplers.Create(Sampler, process, Steps);
    }

    /// <summary>Names of the clips' files, without extension: each has its seed.</summary>
    /// <param name="name">Before the seed.</param>
    public IEnumerable<string> Names(string name) =>
        Enumerable.Range(0, Count).Select(clip => FormattableString.Invariant($"{name}-{SeedOf(clip)}"));

    /// <summary>The seed of a clip of the request, counted from 0: the request's for the first, one more for each that follows.</summary>
    internal ulong SeedOf(int clip) => unchecked(Seed + (ulong)clip);

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Count is >= 1 and <= 1_000_000, $"count is {Count}, expected 1 to 1000000");
        errors.Require(Reuse is >= 1 and <= 1000, $"reuse is {Reuse}, expected 1 (never) to 1000");
        errors.Require(Batch is >= 1 and <= 4096, $"batch is {Batch}, expected 1 to 4096");
        errors.Require(
            Guidance is null or (>= 0 and <= 1e6),
            $"guidance is {Guidance}, expected 0 (replacement alone) or more, usually {ZeroShotConditioning.DefaultScale}");
        errors.Require(
            LabelGuidance is null or (>= 1 and <= 100),
            $"the guidance by labels is {LabelGuidance}, expected 1 (none) to 100, usually up to 4");
        errors.Require(
            LabelGuidance is null or 1 || Label is not null || NotLabel is not null,
            $"the guidance by labels is {LabelGuidance}, but there is no label to guide by");
        errors.Require(Label is null || Label != NotLabel, $"clips of '{Label}' are asked for, and away from '{NotLabel}'");
        errors.Require(
            SyncGuidance is >= 1 and <= 100,
            $"the guidance by synchrony is {SyncGuidance}, expected 1 (none) to 100, usually up to 3");
        errors.Require(PreviewEvery >= 0, $"preview is {PreviewEvery}, expected 0 (none) or more");
        errors.ThrowIfAny("the request");
        Upscaling.Validate();
    }

    /// <summary>Checks every setting, also against what describes the models: no weights are needed for that.</summary>
    /// <param name="model">The joint model.</param>
    /// <param name="upscaler">The upscaler; null for none.</param>
    /// <exception cref="MmDiffusionException">Names what is wrong.</exception>
    public void Validate(ModelDescription model, ModelDescription? upscaler = null)
    {
        Validate();
        var errors = new ValidationErrors();
        errors.RequireNoFailure(() => NewSampler(model));
        var known = model.Coupled?.Labels ?? [];
        foreach (var label in new[] { Label, NotLabel }.OfType<string>().Where(label => !known.Contains(label)))
            errors.Require(
                false,
                known.Count == 0
                    ? $"the model knows no labels, so that '{label}' says nothing to it"
                    : $"the model knows no label '{label}'; it knows {string.Join(", ", known)}");
        errors.Require(SyncGuidance == 1 || model.TrainedTasks().Marginal > 0,
            $"the guidance by synchrony is {SyncGuidance}, but the model was not trained on one "
            + "modality alone (tasks.marginal); leave it at 1");
        if (upscaler is not null) errors.RequireNoFailure(() => Upscaling.Validate(upscaler));
        errors.ThrowIfAny("the request");
    }
}

/// <summary>How many network calls of which samplers make a clip: settings chosen together.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Summary">A clause for people.</param>
/// <param name="Sampler">Of the joint model.</param>
/// <param name="Steps">Its network calls.</param>
/// <param name="Upscaling">Of the frames.</param>
public sealed record GenerationProfile(string Name, string Summary, string Sampler, int Steps, UpscalingOptions Upscaling)
{
    /// <summary>Every how many calls the joint model computes its deep features. 1, at every one, by default.</summary>
    public int Reuse { get; init; } = 1;

    /// <summary>
    /// Fewer calls of better solvers: at the paper's sizes 4.5 times fewer operations. docs/performance.md has what it costs in quality.
    /// </summary>
    public static GenerationProfile Fast { get; } = new("fast", "fewer calls of better solvers", "unipc", 12, new UpscalingOptions
    {
        Sampler = "unipc",
        Steps = 5,
    });

    /// <summary>The paper's settings: DPM-Solver with 20 calls, and DDIM with 25 calls for each frame.</summary>
    public static GenerationProfile Paper { get; } = new("paper", "the paper's settings", "dpm-solver", 20, new UpscalingOptions
    {
        Sampler = "ddim",
        Steps = 25,
    });

    /// <summary>Every profile, the command line's default first.</summary>
    public static IReadOnlyList<GenerationProfile> All { get; } = [Fast, Paper];

    /// <summary>
    /// The options with this profile's samplers, numbers of calls and reuse of features; frames at once stay as they are.
    /// </summary>
    /// <param name="options">What else to do.</param>
    public GenerationOptions Apply(GenerationOptions options) => options with
    {
        Sampler = Sampler,
        Steps = Steps,
        Reuse = Reuse,
        Upscaling = Upscaling with { FramesAtOnce = options.Upscaling.FramesAtOnce },
    };
}
