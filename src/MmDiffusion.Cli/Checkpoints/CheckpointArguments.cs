using System.CommandLine;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary>Arguments and options of the commands on checkpoints.</summary>
internal static class CheckpointArguments
{
    internal static Argument<string> File { get; } = new("FILE")
    {
        Description = "A PyTorch checkpoint (.pt), a safetensors file, or the folder of a model or of a training's checkpoint",
    };

    internal static Argument<string> FileOrFolder { get; } = new("FILE|DIR")
    {
        Description = "A PyTorch checkpoint (.pt), a safetensors file, or a model's folder",
    };

    internal static Option<string?> Preset { get; } = new Option<string?>("--preset")
    {
        Description = $"Sizes of a published model: {string.Join(", ", ModelPresets.Names)}",
        HelpName = "NAME",
    }.AcceptOnlyFromAmong([.. ModelPresets.Names]);

    internal static Option<string?> Config { get; } = new("--config")
    {
        Description = "A file that describes the network, where no preset fits",
        HelpName = "FILE",
    };

    internal static Option<string?> Section { get; } = new("--section")
    {
        Description = "Which weights of a checkpoint that has several: names of the dicts around them, joined by "
            + "dots; by default the average (EMA) that fits",
        HelpName = "NAME",
    };

    internal static Option<string> StoredAs { get; } = CommonOptions.OneOf(
        "--type", "What the weights are stored as", "same", "fp32", "fp16", "bf16");

    /// <summary>The meaning of a word of <see cref="StoredAs"/>; null for what they are.</summary>
    internal static TorchSharp.torch.ScalarType? TypeOf(string word) => word switch
    {
        "fp32" => TorchSharp.torch.ScalarType.Float32,
        "fp16" => TorchSharp.torch.ScalarType.Float16,
        "bf16" => TorchSharp.torch.ScalarType.BFloat16,
        _ => null,
    };
}
