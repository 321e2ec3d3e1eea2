using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>What a checkpoint says of a run, beside its tensors. What an older version did not write is null.</summary>
internal sealed record TrainingState
{
    private const string DigestName = "digest";

    // A loss that is kept may be infinite.
    private static readonly JsonSerializerOptions Json = new(SettingsJson.Options)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Steps made.</summary>
    public required long Step { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// How random values are made of the seed; null, in states of the first versions, for <see cref="RandomGenerator.MersenneTwister"/>.
    /// </summary>
    public RandomGenerator? Generator { get; init; }

    /// <summary>
    /// Threads that the first rank shared operations among, which may change the last bits of weights; null in states of the first
    /// versions.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>Digest of the clips that were trained on.</summary>
    public required string Data { get; init; }

    /// <summary>The configuration, as JSON.</summary>
    public required TrainingConfiguration Configuration { get; init; }

    /// <summary>Steps between checkpoints.</summary>
    public long? CheckpointEvery { get; init; }

    /// <summary>Steps between reviews.</summary>
    public long? ReviewEvery { get; init; }

    /// <summary>How the learning rate rises again after a cool-down that the run continued from; null where it does not.</summary>
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
    /// Whether the description is not as it was written, though it can be read. By hand it may be changed to what the run would accept;
    /// from a disk come values that nobody can tell from the right ones.
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
        settings.Deserialize<TrainingState>(Json) is { } state
            ? state with { IsChanged = state.Digest is { } expected && DigestOf(settings) != expected }
            : null);

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
/// How the learning rate rises again where a run continues after it has begun to cool down: as fast as it fell, since a jump can ruin what
/// was learned.
/// </summary>
/// <param name="After">The last step of the cool-down.</param>
/// <param name="Share">What it left of the rate at that step.</param>
/// <param name="Steps">Steps over which the rate falls, or rises, by all of itself.</param>
internal sealed record RateRise(long After, double Share, long Steps)
{
    /// <summary>The share of the rate at a step.</summary>
    internal double At(long step) => Math.Min(1, Share + (double)(step - After) / Steps);
}

/// <summary>
/// What a run continues with: the settings given now, where they may differ from those it was made with, and its own otherwise. What may
/// change decides neither what a sample is nor what the tensors of a checkpoint mean.
/// </summary>
/// <param name="FlipProbability">Of the clips. The run's own where the configuration does not name it: its default has changed.</param>
/// <param name="Rise">How the learning rate rises after a cool-down; null where it does not.</param>
/// <param name="History">Every change of the run.</param>
/// <param name="Changes">Those of this start.</param>
internal sealed record ResumedSettings(
    double FlipProbability,
    RateRise? Rise,
    IReadOnlyList<SettingChange> History,
    IReadOnlyList<SettingChange> Changes)
{
    private const string None = "none";
    private const string Flip = "flip_probability";

    private static readonly HashSet<string> Free =
        [
            "steps", "micro_batch", "batch_sections", "activation_checkpointing", "learning_rate", "warm_up_steps", "cool_down_steps",
            "gradient_clip", "average_every",
        ];

    // For readers.
    private static readonly HashSet<string> Notes = ["model.trained", "model.source"];

    /// <summary>Those of a run that begins.</summary>
    internal static ResumedSettings OfNew(TrainingConfiguration configuration) => new(configuration.FlipProbability, null, [], []);

    /// <summary>Compares a checkpoint with what is asked for now.</summary>
    /// <exception cref="MmDiffusionException">It would be another run, or the run has made more steps than are asked for.</exception>
    internal static ResumedSettings Of(TrainingState then, TrainingState now)
    {
        var (before, given) = (Flatten(then.Configuration), Flatten(now.Configuration));
        if (!now.Configuration.NamesFlipProbability) given[Flip] = before[Flip];
        var different = before.Keys.Union(given.Keys)
            .Where(name => !Notes.Contains(name) && Value(before, name) != Value(given, name))
            .ToList();
        RequireSameRun(
            then,
            now,
            [.. different.Where(name => !Free.Contains(name)).Select(name =>
                $"its {name} is {Value(before, name)}, given is {Value(given, name)}")]);
        if (then.Step > now.Configuration.Steps)
            throw new MmDiffusionException(
                $"the run has made {then.Step} steps already, more than the {now.Configuration.Steps} that are asked for; ask for "
                + $"{then.Step} or more, or train into another folder");

        List<SettingChange> changes = [.. different.Where(Free.Contains).Select(name =>
            new SettingChange(then.Step, name, Value(before, name), Value(given, name)))];
        Add("checkpoint_every", then.CheckpointEvery, now.CheckpointEvery);
        Add("review_every", then.ReviewEvery, now.ReviewEvery);
        var flip = now.Configuration.NamesFlipProbability ? now.Configuration.FlipProbability : then.Configuration.FlipProbability;
        return new ResumedSettings(flip, RiseAfter(then, now.Configuration), [.. then.History ?? [], .. changes], changes);

        void Add(string name, long? old, long? present)
        {
            if (old is not null && present is not null && old != present)
                changes.Add(new SettingChange(then.Step, name, $"{old}", $"{present}"));
        }
    }

    /// <summary>What the user should know of them, a sentence each.</summary>
    /// <param name="then">The checkpoint.</param>
    /// <param name="now">What is asked for now.</param>
    internal IEnumerable<string> Notices(TrainingState then, TrainingConfiguration now)
    {
        if (Changes.Count > 0)
            yield return $"after step {then.Step} "
                + $"{string.Join(", ", Changes.Select(change => $"{change.Setting} is {change.To} (was {change.From})"))}";
        if (then.Threads is { } threads && threads != TorchRuntime.Threads)
            yield return $"the run was made with OMP_NUM_THREADS={threads} and continues with {TorchRuntime.Threads}: the last bits of "
                + "its weights will not be those of a run that was never interrupted";
        if (FlipProbability != now.FlipProbability)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"the run continues with its flip_probability of {FlipProbability}; where a configuration does not name it, it is "
                + $"{now.FlipProbability} for new runs");
        if (Rise is { } rise && rise.After == then.Step)
        {
            var (last, next) = (then.Configuration.LearningRateAt(then.Step, then.Rise), now.LearningRateAt(then.Step + 1, rise));
            yield return string.Create(CultureInfo.InvariantCulture,
                $"the run had begun to cool down: its learning rate, {last:G4} at step {then.Step}, rises again from {next:G4}, within "
                + $"{Math.Ceiling((1 - rise.Share) * rise.Steps)} steps");
        }
    }

    private static void RequireSameRun(TrainingState then, TrainingState now, IReadOnlyList<string> different)
    {
        var errors = new ValidationErrors();
        errors.Require(then.Seed == now.Seed, $"its seed is {then.Seed}, given is {now.Seed}");
        errors.Require(then.Data == now.Data, $"it was trained on other clips (digest {Short(then.Data)}, given {Short(now.Data)})");
        foreach (var sentence in different) errors.Require(false, sentence);
        if (errors.Errors.Count > 0)
            throw new MmDiffusionException(
                $"the checkpoint of step {then.Step} belongs to another run: {string.Join("; ", errors.Errors)}; resume with what it was "
                + "made with, or train into another folder");
    }

    private static RateRise? RiseAfter(TrainingState then, TrainingConfiguration now)
    {
        var (left, risen) = (then.Configuration.CoolDownAt(then.Step), then.Rise?.At(then.Step) ?? 1);
        var next = Math.Min(now.CoolDownAt(then.Step + 1), then.Rise?.At(then.Step + 1) ?? 1);
        // A cool-down that continues lowers the rate; one that is given up would raise it at a stroke.
        return left < risen && next > left ? new RateRise(then.Step, left, then.Configuration.CoolDownSteps) : then.Rise;
    }

    private static Dictionary<string, string> Flatten(TrainingConfiguration configuration)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(JsonSerializer.SerializeToNode(configuration, SettingsJson.Options)!.AsObject(), "");
        return values;

        void Add(JsonObject part, string prefix)
        {
            foreach (var (name, value) in part)
            {
                if (value is JsonObject below) Add(below, $"{prefix}{name}.");
                else values[prefix + name] = value?.ToJsonString() ?? None;
            }
        }
    }

    private static string Value(Dictionary<string, string> values, string name) => values.GetValueOrDefault(name, None);

    private static string Short(string digest) => digest[..Math.Min(12, digest.Length)];
}
