using System.CommandLine;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary>Arguments and options of the commands on checkpoints.</summary>
internal static class CheckpointArguments
{
    internal static Argument<string> File { get; } = new("FILE") { Description = "A PyTorch checkpoint (.pt) or a safetensors file" };

    internal static Argument<string> FileOrFolder { get; } = new("FILE|DIR") { Description = "A PyTorch checkpoint (.pt), a safetensors file, or a model's folder" };

    internal static Option<string?> Preset { get; } = new Option<string?>("--preset")
    {
        Description = $"Sizes of a published model: {string.Join(", ", ModelPresets.Names)}",
        HelpName = "NAME",
    }.AcceptOnlyFromAmong([.. ModelPresets.Names]);

    internal static Option<string?> Config { get; } = new("--config") { Description = "A file that describes the network, where no preset fits", HelpName = "FILE" };
}
