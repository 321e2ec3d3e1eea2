using System.CommandLine;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Generating;

/// <summary>How a diffusion model is sampled: seeds, sampler, network calls.</summary>
internal static class SamplingArguments
{
    internal static Option<string?> Generator { get; } = new Option<string?>("--generator")
    {
        Description = $"How noise is made of the seeds: {RandomGenerators.PhiloxName}, by default, or "
            + $"{RandomGenerators.MersenneTwisterName}, which makes clips again whose manifests name no generator",
        HelpName = "GENERATOR",
    }.AcceptOnlyFromAmong(RandomGenerators.PhiloxName, RandomGenerators.MersenneTwisterName);

    internal static Option<string> Profile { get; } = CommonOptions.OneOf(
        "--profile",
        $"Samplers and steps together, {string.Join("; ", GenerationProfile.All.Select(profile => $"{profile.Name}: {profile.Summary}"))}",
        [.. GenerationProfile.All.Select(profile => profile.Name)]);

    internal static Option<string?> Sampler { get; } = SamplerOption("--sampler", "How to sample");

    internal static Option<int?> Steps { get; } = CommonOptions.AtLeast(
        "--steps",
        "Network calls of the sampler; the profile's by default, or what is usual for the sampler that is given",
        1,
        "N");

    internal static Option<int?> Reuse { get; } = CommonOptions.AtLeast(
        "--reuse",
        "Compute the network's deep features at every N-th call only and reuse them between, 1 for every call: "
        + "faster, less exact; the profile's by default",
        1,
        "N");

    internal static Option<int> Batch { get; } = CommonOptions.AtLeast(
        "--batch", "How many to compute together: faster, if the memory suffices", 1, 1, "N");

    internal static IReadOnlyList<Option> All { get; } = [CommonOptions.Seed, Generator, Profile, Sampler, Steps, Reuse, Batch];

    /// <summary>Options with what the command line says of sampling the joint model.</summary>
    internal static GenerationOptions Apply(ParseResult parsed, GenerationOptions options)
    {
        options = Profiled(parsed, options) with
        {
            Seed = parsed.GetValue(CommonOptions.Seed),
            Generator = GeneratorOf(parsed) ?? RandomGenerator.Philox,
            Batch = parsed.GetValue(Batch),
        };
        // A sampler that is given comes with the number of calls that is usual for it.
        if (parsed.GetValue(Sampler) is { } sampler) options = options with { Sampler = sampler, Steps = null };
        if (parsed.GetValue(Steps) is { } steps) options = options with { Steps = steps };
        if (parsed.GetValue(Reuse) is { } reuse) options = options with { Reuse = reuse };
        return options;
    }

    /// <summary>The options with the samplers and steps of the profile.</summary>
    internal static GenerationOptions Profiled(ParseResult parsed, GenerationOptions options) => ProfileOf(parsed).Apply(options);

    internal static GenerationProfile ProfileOf(ParseResult parsed) =>
        GenerationProfile.All.Single(profile => profile.Name == parsed.GetRequiredValue(Profile));

    /// <summary>The generator that was asked for; null for the usual one.</summary>
    internal static RandomGenerator? GeneratorOf(ParseResult parsed) =>
        parsed.GetValue(Generator) is { } name ? RandomGenerators.Find(name) : null;

    /// <summary>A choice of sampler, whose default is the profile's.</summary>
    internal static Option<string?> SamplerOption(string name, string description)
    {
        string[] names = [.. Samplers.All.Select(sampler => sampler.Name)];
        return new Option<string?>(name)
        {
            Description = $"{description}: {string.Join(", ", names)}; the profile's by default",
            HelpName = "SAMPLER",
        }.AcceptOnlyFromAmong(names);
    }
}
