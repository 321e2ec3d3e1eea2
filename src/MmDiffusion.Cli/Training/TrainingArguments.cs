using System.CommandLine;
using MmDiffusion.Cli.Checkpoints;
using MmDiffusion.Cli.Data;
using MmDiffusion.Collectives;
using MmDiffusion.Media;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Training;

/// <summary>Options of the commands that train.</summary>
internal static class TrainingArguments
{
    private static readonly TrainingRunOptions Defaults = new();

    internal static Option<string> Config { get; } = new("--config", "-c")
    {
        Description = "The training configuration, as in configs/",
        HelpName = "FILE",
        Required = true,
    };

    internal static Option<string> Data { get; } = new("--data")
    {
        Description = "What to train on: a folder made by 'data pack', a folder of videos, or scenes drawn on "
            + "the way, synth:COUNT or synth:COUNT@SEED",
        HelpName = "DATA",
        Required = true,
    };

    internal static Option<string?> HeldOut { get; } = new("--held-out")
    {
        Description = "What to measure on, as --data; training never sees it",
        HelpName = "DATA",
    };

    internal static Option<int?> Steps { get; } = CommonOptions.AtLeast(
        "--steps",
        "Steps of the whole run; by default the configuration's",
        1,
        "N");

    internal static Option<int> CheckpointEvery { get; } = CommonOptions.AtLeast(
        "--checkpoint-every", "Steps between checkpoints", 1, (int)Defaults.CheckpointEvery, "N");

    internal static Option<int> Keep { get; } = CommonOptions.AtLeast(
        "--keep", "Newest checkpoints that stay; the one whose review was best stays besides", 1, Defaults.Keep, "N");

    internal static Option<int> ReviewEvery { get; } = CommonOptions.AtLeast(
        "--review-every", "Steps between reviews: held-out loss and a sheet of samples; 0 for one at the end", 0, (int)Defaults.ReviewEvery,
        "N");

    internal static Option<int> HeldOutClips { get; } = CommonOptions.AtLeast(
        "--held-out-clips", "Clips, seen and held out, that a review measures the loss on", 1, Defaults.HeldOutClips, "N");

    internal static Option<int> SheetClips { get; } = CommonOptions.AtLeast(
        "--sheet-clips", "Samples on a review's sheet; 0 for none", 0, Defaults.SheetClips, "N");

    internal static Option<bool> Resume { get; } = new("--resume")
    {
        Description = "Go on from the newest checkpoint in the output folder, if there is one",
    };

    internal static Option<string?> From { get; } = new("--from")
    {
        Description = "Weights to start from: a .pt or safetensors file, or the folder of a model or of a run's checkpoint",
        HelpName = "FILE",
    };

    internal static Option<int> Threads { get; } = CommonOptions.AtLeast(
        "--reading-threads", "Threads that read clips ahead", 1, Defaults.ReadingThreads, "N");

    internal static Option<string> Wire { get; } = CommonOptions.OneOf(
        "--wire",
        "Under mpirun, how gradients travel between ranks",
        "fp32",
        "bf16");

    internal static Option<bool> ShardOptimizer { get; } = new("--shard-optimizer")
    {
        Description = "Under mpirun, let each rank keep only its share of the optimiser's state: less memory, more to send",
    };

    /// <summary>Every option of a command that trains, in the order of its help.</summary>
    internal static IReadOnlyList<Option> All { get; } =
    [
        Config, Data, HeldOut, .. StreamArguments.All, CommonOptions.Output, Steps, CheckpointEvery, Keep,
        ReviewEvery, HeldOutClips, SheetClips, CommonOptions.Seed, Resume, From, CheckpointArguments.Section, Threads, Wire,
        ShardOptimizer,
        ComputeArguments.Device, CommonOptions.Json,
    ];

    /// <summary>The run that a command line asks for.</summary>
    internal static TrainingRunOptions Options(ParseResult parsed) => new()
    {
        Seed = parsed.GetValue(CommonOptions.Seed),
        Resume = parsed.GetValue(Resume),
        From = parsed.GetValue(From),
        FromSection = parsed.GetValue(CheckpointArguments.Section),
        CheckpointEvery = parsed.GetValue(CheckpointEvery),
        Keep = parsed.GetValue(Keep),
        ReviewEvery = parsed.GetValue(ReviewEvery),
        HeldOutClips = parsed.GetValue(HeldOutClips),
        SheetClips = parsed.GetValue(SheetClips),
        ReadingThreads = parsed.GetValue(Threads),
        Exchange = new ExchangeOptions
        {
            Wire = parsed.GetValue(Wire) == "bf16" ? WireFormat.BFloat16 : WireFormat.Float32,
            ShardOptimizer = parsed.GetValue(ShardOptimizer),
        },
        Device = ComputeArguments.DeviceOf(parsed),
    };

    /// <summary>The configuration, with what the command line changes.</summary>
    /// <exception cref="MmDiffusionException">It cannot be read, or is not valid.</exception>
    internal static TrainingConfiguration Configuration(ParseResult parsed)
    {
        var configuration = TrainingConfiguration.Read(parsed.GetRequiredValue(Config));
        return configuration with { Steps = parsed.GetValue(Steps) ?? configuration.Steps };
    }
}
