using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Generating;

/// <summary>Options of the commands that make clips.</summary>
internal static class GenerationArguments
{
    internal static Option<string?> Model { get; } = Named(
        "--model", "-m", "Folder or name of the model; the embedded one by default", "DIR|NAME", () => ModelDirectory.Names());

    internal static Option<string?> Upscaler { get; } = Named(
        "--upscaler", "-u", "Folder or name of the model that enlarges the frames, or none; the model's own by default", "DIR|NAME|none",
        () => [GenerationModels.NoUpscaler, .. ModelDirectory.Names()]);

    internal static Option<string?> Sampler { get; } = new Option<string?>("--sampler")
    {
        Description = $"How to sample: {SamplerNames}; the profile's by default",
        HelpName = "SAMPLER",
    }.AcceptOnlyFromAmong([.. Samplers.All.Select(sampler => sampler.Name)]);

    internal static Option<int?> Steps { get; } = CommonOptions.AtLeast(
        "--steps",
        "Network calls of the sampler; the profile's by default, or what is usual for the sampler that is given",
        1,
        "N");

    internal static Option<string?> UpscalerSampler { get; } = new Option<string?>("--upscaler-sampler")
    {
        Description = $"How to sample enlarged frames: {SamplerNames}; the profile's by default",
        HelpName = "SAMPLER",
    }.AcceptOnlyFromAmong([.. Samplers.All.Select(sampler => sampler.Name)]);

    internal static Option<int?> UpscalerSteps { get; } = CommonOptions.AtLeast(
        "--upscaler-steps",
        "Network calls for each frame that is enlarged; the profile's by default",
        1,
        "N");

    internal static Option<int?> Reuse { get; } = CommonOptions.AtLeast(
        "--reuse",
        "Compute the network's deep features at every N-th call only and reuse them between, 1 for every call: "
        + "faster, less exact; the profile's by default",
        1,
        "N");

    internal static Option<int?> UpscalerReuse { get; } = CommonOptions.AtLeast(
        "--upscaler-reuse",
        "The same for frames that are enlarged",
        1,
        "N");

    internal static Option<long?> Memory { get; } = new("--memory")
    {
        Description = "Enlarge fewer frames at once, or a frame in tiles, so that the process holds no more than this while "
            + "it does; by default what the machine has",
        HelpName = "SIZE",
        CustomParser = MemorySize.Parse,
    };

    internal static Option<string> Profile { get; } = CommonOptions.OneOf(
        "--profile",
        $"Samplers and steps together, {string.Join("; ", GenerationProfile.All.Select(profile => $"{profile.Name}: {profile.Summary}"))}",
        [.. GenerationProfile.All.Select(profile => profile.Name)]);

    internal static Option<string?> Generator { get; } = new Option<string?>("--generator")
    {
        Description = $"How noise is made of the seeds: {RandomGenerators.PhiloxName}, by default, or "
            + $"{RandomGenerators.MersenneTwisterName}, which makes clips again whose manifests name no generator",
        HelpName = "GENERATOR",
    }.AcceptOnlyFromAmong(RandomGenerators.PhiloxName, RandomGenerators.MersenneTwisterName);

    internal static Option<int> Batch { get; } = CommonOptions.AtLeast(
        "--batch", "How many to compute together: faster, if the memory suffices", 1, 1, "N");

    internal static Option<string> Format { get; } = CommonOptions.OneOf(
        "--format",
        "How clips are stored",
        [.. Enum.GetNames<ClipFileFormat>().Select(name => name.ToLowerInvariant())]);

    internal static Option<bool> Sheet { get; } = new("--sheet") { Description = "Also draw all clips into one picture, sheet.png" };

    internal static Option<bool> Resume { get; } = new("--resume")
    {
        Description = "Make only the clips that the output folder does not have yet",
    };

    internal static Option<int?> Preview { get; } = CommonOptions.AtLeast(
        "--preview",
        "Draw the clips as they are into preview.png every N network calls",
        1,
        "N");

    internal static Option<double?> Start { get; } = CommonOptions.NotNegative(
        "--start",
        "Where to begin in each input, in seconds",
        "SECONDS");

    internal static Option<double?> Guidance { get; } = CommonOptions.NotNegative(
        "--guidance",
        $"Follow what is given by the paper's zero-shot guidance of this strength, 0 for replacement alone; by default as the model was "
        + $"trained, else {ZeroShotConditioning.DefaultScale}",
        "λ");

    internal static Option<string?> Label { get; } = new("--label")
    {
        Description = "The class of the clips, one of the model's labels ('mmdiff info' tells them)",
        HelpName = "LABEL",
    };

    internal static Option<string?> Not { get; } = new("--not") { Description = "Guide away from clips of this class", HelpName = "LABEL" };

    internal static Option<double?> LabelGuidance { get; } = CommonOptions.NotNegative(
        "--label-guidance",
        "How far towards --label, or away from --not: 1 for no further than the network predicts, "
        + "usually up to 4; above 1 a call costs twice",
        "W");

    internal static Option<double?> SyncGuidance { get; } = CommonOptions.NotNegative(
        "--sync-guidance",
        "How far away from video and audio that are not in step: 1, by default, for no further than the network "
        + "predicts; above 1 a call costs three times",
        "W");

    internal static Argument<string[]> Inputs { get; } = new("INPUT")
    {
        Description = "Media files, or folders of them",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>What to generate, but for what is given.</summary>
    internal static GenerationOptions Options(ParseResult parsed)
    {
        var options = Profiled(parsed, new GenerationOptions
        {
            Count = parsed.GetValue(CommonOptions.Count),
            Seed = parsed.GetValue(CommonOptions.Seed),
            Generator = GeneratorOf(parsed) ?? RandomGenerator.Philox,
            Batch = parsed.GetValue(Batch),
            PreviewEvery = parsed.GetValue(Preview) ?? 0,
            Label = parsed.GetValue(Label),
            NotLabel = parsed.GetValue(Not),
            LabelGuidance = parsed.GetValue(LabelGuidance),
            SyncGuidance = parsed.GetValue(SyncGuidance) ?? 1,
        });
        if (parsed.GetValue(Sampler) is { } sampler) options = options with { Sampler = sampler, Steps = null };
        if (parsed.GetValue(Steps) is { } steps) options = options with { Steps = steps };
        if (parsed.GetValue(Reuse) is { } reuse) options = options with { Reuse = reuse };
        return options with { Upscaling = UpscalingOf(parsed, options.Upscaling, UpscalerSampler, UpscalerSteps, UpscalerReuse) };
    }

    /// <summary>The options with the samplers and steps of the profile.</summary>
    internal static GenerationOptions Profiled(ParseResult parsed, GenerationOptions options) => ProfileOf(parsed).Apply(options);

    /// <summary>The generator that was asked for; null for the usual one.</summary>
    internal static RandomGenerator? GeneratorOf(ParseResult parsed) =>
        parsed.GetValue(Generator) is { } name ? RandomGenerators.Find(name) : null;

    /// <summary>How frames are enlarged where nothing else is made: the sampler's options are the upscaler's.</summary>
    internal static UpscalingOptions UpscalingAlone(ParseResult parsed) =>
        UpscalingOf(
            parsed,
            ProfileOf(parsed).Upscaling with
            {
                FramesAtOnce = parsed.GetValue(Batch),
                Generator = GeneratorOf(parsed) ?? RandomGenerator.Philox,
            },
            Sampler,
            Steps,
            Reuse);

    /// <summary>The name of an input's results, before the seed.</summary>
    internal static string NameAt(string name, double? start) =>
        start is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{name}-at-{seconds:0.###}s") : name;

    /// <summary>The folder for the results.</summary>
    /// <exception cref="MmDiffusionException">It cannot be written.</exception>
    internal static ClipFolder OpenFolder(ParseResult parsed, IEnumerable<string> inputs, Terminal terminal) => new(
        parsed.GetRequiredValue(CommonOptions.Output).ToString(), FormatOf(parsed), parsed.GetValue(Sheet))
    {
        Inputs = new KeptFiles(inputs),
        OnDamaged = terminal.WriteMessage,
    };

    /// <summary>How clips are stored.</summary>
    internal static ClipFileFormat FormatOf(ParseResult parsed) =>
        Enum.Parse<ClipFileFormat>(parsed.GetRequiredValue(Format), ignoreCase: true);

    private static string SamplerNames => string.Join(", ", Samplers.All.Select(sampler => sampler.Name));

    private static GenerationProfile ProfileOf(ParseResult parsed) =>
        GenerationProfile.All.Single(profile => profile.Name == parsed.GetRequiredValue(Profile));

    /// <summary>A sampler that is given comes with the number of calls that is usual for it.</summary>
    private static UpscalingOptions UpscalingOf(
        ParseResult parsed,
        UpscalingOptions profile,
        Option<string?> sampler,
        Option<int?> steps,
        Option<int?> reuse)
    {
        var given = parsed.GetValue(sampler);
        var usual = given is null ? profile.Steps : Samplers.All.Single(known => known.Name == given).DefaultSteps;
        return profile with
        {
            Sampler = given ?? profile.Sampler,
            Steps = parsed.GetValue(steps) ?? usual,
            Reuse = parsed.GetValue(reuse) ?? profile.Reuse,
            MemoryLimit = parsed.GetValue(Memory),
        };
    }

    private static Option<string?> Named(string name, string alias, string description, string helpName, Func<IEnumerable<string>> names)
    {
        var option = new Option<string?>(name, alias) { Description = description, HelpName = helpName };
        option.CompletionSources.Add(_ => names().Select(word => new CompletionItem(word)));
        return option;
    }
}
