using System.Text.Json;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>What a checkpoint says of a run, beside its tensors.</summary>
internal sealed record TrainingState
{
    /// <summary>Steps made.</summary>
    public required long Step { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How random values are made of the seed; null, in states of the first versions, for <see cref="RandomGenerator.MersenneTwister"/>.</summary>
    public RandomGenerator? Generator { get; init; }

    /// <summary>Digest of the clips that were trained on.</summary>
    public required string Data { get; init; }

    /// <summary>The configuration, as JSON.</summary>
    public required TrainingConfiguration Configuration { get; init; }

    /// <summary>Losses that the choice of timesteps has learned from.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? TimestepLosses { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, SettingsJson.Options);

    internal static TrainingState Read(string path) =>
        SettingsJson.Read(path, "training state", settings => settings.Deserialize<TrainingState>(SettingsJson.Options));

    /// <summary>Checks that a run may go on from this checkpoint.</summary>
    /// <exception cref="MmDiffusionException">It would be another run.</exception>
    internal void RequireSameRun(TrainingState now)
    {
        var errors = new ValidationErrors();
        errors.Require(Seed == now.Seed, $"its seed is {Seed}, given is {now.Seed}");
        errors.Require(Data == now.Data, $"it was trained on other clips (digest {Short(Data)}, given {Short(now.Data)})");
        // A run may be made longer, and split differently: neither changes the steps it has in common.
        errors.Require(Comparable(Configuration) == Comparable(now.Configuration), "its configuration differs in more than steps and micro_batch");
        if (errors.Errors.Count > 0)
            throw new MmDiffusionException($"the checkpoint of step {Step} belongs to another run: {string.Join("; ", errors.Errors)}; resume with what it was made with, or train into another folder");
    }

    private static string Comparable(TrainingConfiguration configuration) =>
        (configuration with { Steps = 1, MicroBatch = 1, BatchSections = 1, CoolDownSteps = 0, ActivationCheckpointing = false }).ToJson();

    private static string Short(string digest) => digest[..Math.Min(12, digest.Length)];
}
