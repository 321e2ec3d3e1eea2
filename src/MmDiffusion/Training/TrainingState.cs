using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>What a checkpoint says of a run, beside its tensors. What an older version did not write is null.</summary>
internal sealed record TrainingState
{
    private const string DigestName = "digest";

    // A loss that is kept may be infinite.
    private static readonly JsonSerializerOptions Json = new(SettingsJson.Options) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Steps made.</summary>
    public required long Step { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How random values are made of the seed; null, in states of the first versions, for <see cref="RandomGenerator.MersenneTwister"/>.</summary>
    public RandomGenerator? Generator { get; init; }

    /// <summary>Threads that the first rank shared operations among, which may change the last bits of weights; null in states of the first versions.</summary>
    public int? Threads { get; init; }

    /// <summary>Digest of the clips that were trained on.</summary>
    public required string Data { get; init; }

    /// <summary>The configuration, as JSON.</summary>
    public required TrainingConfiguration Configuration { get; init; }

    /// <summary>Steps between checkpoints.</summary>
    public long? CheckpointEvery { get; init; }

    /// <summary>Steps between reviews.</summary>
    public long? ReviewEvery { get; init; }

    /// <summary>How the learning rate rises again after a cool-down that the run went on from; null where it does not.</summary>
    public RateRise? Rise { get; init; }

    /// <summary>What was changed when the run was resumed, oldest first.</summary>
    public IReadOnlyList<SettingChange>? History { get; init; }

    /// <summary>Losses that the choice of timesteps has learned from.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? TimestepLosses { get; init; }

    /// <summary>SHA-256 of the file of tensors.</summary>
    public string? TensorsDigest { get; init; }

    /// <summary>SHA-256 of this description without this entry.</summary>
    public string? Digest { get; init; }

    /// <summary>
    /// Whether the description is not as it was written, though it can be read. By hand it may be changed to what the run would accept; from a disk come
    /// values that nobody can tell from the right ones.
    /// </summary>
    [JsonIgnore]
    public bool IsChanged { get; init; }

    internal string ToJson()
    {
        var node = JsonSerializer.SerializeToNode(this with { Digest = null }, Json)!.AsObject();
        node[DigestName] = DigestOf(node);
        return node.ToJsonString(Json);
    }

    /// <summary>Reads a description, and compares its digest.</summary>
    /// <exception cref="MmDiffusionException">It cannot be read.</exception>
    internal static TrainingState Read(string path) => SettingsJson.Read(path, "training state", settings =>
        settings.Deserialize<TrainingState>(Json) is { } state ? state with { IsChanged = state.Digest is { } expected && DigestOf(settings) != expected } : null);

    // Of the text of every value as it stands there, so that it depends neither on the layout nor on what this version knows.
    private static string DigestOf(JsonObject state)
    {
        var copy = state.DeepClone().AsObject();
        copy.Remove(DigestName);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(copy.ToJsonString())));
    }
}

/// <summary>A setting that was changed when a run was resumed.</summary>
/// <param name="Step">The last step with the old value.</param>
/// <param name="Setting">Its name in the configuration.</param>
/// <param name="From">The old value, as JSON; "none" where it was not set.</param>
/// <param name="To">The new one.</param>
internal sealed record SettingChange(long Step, string Setting, string From, string To);

/// <summary>
/// How the learning rate rises again where a run goes on after it has begun to cool down: as fast as it fell, since a jump can ruin what was learned.
/// </summary>
/// <param name="After">The last step of the cool-down.</param>
/// <param name="Share">What it left of the rate at that step.</param>
/// <param name="Steps">Steps over which the rate falls, or rises, by all of itself.</param>
internal sealed record RateRise(long After, double Share, long Steps)
{
    /// <summary>The share of the rate at a step.</summary>
    internal double At(long step) => Math.Min(1, Share + (double)(step - After) / Steps);
}
