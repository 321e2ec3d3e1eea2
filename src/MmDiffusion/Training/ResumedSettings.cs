using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>
/// What a run goes on with: the settings given now, where they may differ from those it was made with, and its own otherwise. What may change decides
/// neither what a sample is nor what the tensors of a checkpoint mean.
/// </summary>
/// <param name="FlipProbability">Of the clips. The run's own where the configuration does not name it: its default has changed.</param>
/// <param name="Rise">How the learning rate rises after a cool-down; null where it does not.</param>
/// <param name="History">Every change of the run.</param>
/// <param name="Changes">Those of this start.</param>
internal sealed record ResumedSettings(double FlipProbability, RateRise? Rise, IReadOnlyList<SettingChange> History, IReadOnlyList<SettingChange> Changes)
{
    private const string None = "none";
    private const string Flip = "flip_probability";

    private static readonly HashSet<string> Free =
        ["steps", "micro_batch", "batch_sections", "activation_checkpointing", "learning_rate", "warm_up_steps", "cool_down_steps", "gradient_clip", "average_every"];

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
        var different = before.Keys.Union(given.Keys).Where(name => !Notes.Contains(name) && Value(before, name) != Value(given, name)).ToList();
        RequireSameRun(then, now, [.. different.Where(name => !Free.Contains(name)).Select(name => $"its {name} is {Value(before, name)}, given is {Value(given, name)}")]);
        if (then.Step > now.Configuration.Steps)
            throw new MmDiffusionException($"the run has made {then.Step} steps already, more than the {now.Configuration.Steps} that are asked for; ask for {then.Step} or more, or train into another folder");

        List<SettingChange> changes = [.. different.Where(Free.Contains).Select(name => new SettingChange(then.Step, name, Value(before, name), Value(given, name)))];
        Add("checkpoint_every", then.CheckpointEvery, now.CheckpointEvery);
        Add("review_every", then.ReviewEvery, now.ReviewEvery);
        var flip = now.Configuration.NamesFlipProbability ? now.Configuration.FlipProbability : then.Configuration.FlipProbability;
        return new ResumedSettings(flip, RiseAfter(then, now.Configuration), [.. then.History ?? [], .. changes], changes);

        void Add(string name, long? old, long? present)
        {
            if (old is not null && present is not null && old != present) changes.Add(new SettingChange(then.Step, name, $"{old}", $"{present}"));
        }
    }

    /// <summary>What the user should know of them, a sentence each.</summary>
    /// <param name="then">The checkpoint.</param>
    /// <param name="now">What is asked for now.</param>
    internal IEnumerable<string> Notices(TrainingState then, TrainingConfiguration now)
    {
        if (Changes.Count > 0) yield return $"after step {then.Step} {string.Join(", ", Changes.Select(change => $"{change.Setting} is {change.To} (was {change.From})"))}";
        if (then.Threads is { } threads && threads != TorchRuntime.Threads)
            yield return $"the run was made with OMP_NUM_THREADS={threads} and goes on with {TorchRuntime.Threads}: the last bits of its weights will not be those of a run that was never interrupted";
        if (FlipProbability != now.FlipProbability)
            yield return string.Create(CultureInfo.InvariantCulture, $"the run goes on with its flip_probability of {FlipProbability}; where a configuration does not name it, it is {now.FlipProbability} for new runs");
        if (Rise is { } rise && rise.After == then.Step)
        {
            var (last, next) = (then.Configuration.LearningRateAt(then.Step, then.Rise), now.LearningRateAt(then.Step + 1, rise));
            yield return string.Create(CultureInfo.InvariantCulture,
                $"the run had begun to cool down: its learning rate, {last:G4} at step {then.Step}, rises again from {next:G4}, within {Math.Ceiling((1 - rise.Share) * rise.Steps)} steps");
        }
    }

    private static void RequireSameRun(TrainingState then, TrainingState now, IReadOnlyList<string> different)
    {
        var errors = new ValidationErrors();
        errors.Require(then.Seed == now.Seed, $"its seed is {then.Seed}, given is {now.Seed}");
        errors.Require(then.Data == now.Data, $"it was trained on other clips (digest {Short(then.Data)}, given {Short(now.Data)})");
        foreach (var sentence in different) errors.Require(false, sentence);
        if (errors.Errors.Count > 0)
            throw new MmDiffusionException($"the checkpoint of step {then.Step} belongs to another run: {string.Join("; ", errors.Errors)}; resume with what it was made with, or train into another folder");
    }

    private static RateRise? RiseAfter(TrainingState then, TrainingConfiguration now)
    {
        var (left, risen) = (then.Configuration.CoolDownAt(then.Step), then.Rise?.At(then.Step) ?? 1);
        var next = Math.Min(now.CoolDownAt(then.Step + 1), then.Rise?.At(then.Step + 1) ?? 1);
        // A cool-down that goes on lowers the rate; one that is given up would raise it at a stroke.
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
