using System.CommandLine;
using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary><c>mmdiff checkpoint verify</c>: whether a network computes what was recorded.</summary>
internal sealed class CheckpointVerifyCommand : ProgramCommand
{
    private readonly Option<string> _reference = new("--reference")
    {
        Description = "A safetensors file of recorded inputs and outputs",
        HelpName = "FILE",
        Required = true,
    };

    internal CheckpointVerifyCommand(Terminal terminal)
        : base(
            "verify",
            "Run a network on recorded inputs and compare its outputs with the recorded ones; here auto precision is fp32.",
            terminal)
    {
        Arguments.Add(CheckpointArguments.FileOrFolder);
        Add(
        [
            _reference, CheckpointArguments.Preset, CheckpointArguments.Config, CheckpointArguments.Section, .. ComputeArguments.All,
            CommonOptions.Json,
        ]);
        Validators.Add(result =>
        {
            if (result.GetResult(CheckpointArguments.Preset) is not null && result.GetResult(CheckpointArguments.Config) is not null)
                result.AddError($"give {CheckpointArguments.Preset.Name} or {CheckpointArguments.Config.Name}, not both");
        });
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff checkpoint verify coupled.pt --reference coupled.io.safetensors", "described by the config.json beside it"),
        new("mmdiff checkpoint verify landscape.pt --preset landscape --reference recorded.safetensors", "a published model"),
        new("mmdiff checkpoint verify models/own --reference recorded.safetensors --precision bf16", "how much is lost in bfloat16"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var (reference, section) = (parsed.GetRequiredValue(_reference), parsed.GetValue(CheckpointArguments.Section));
        var (weights, description) = CheckpointDescriptions.ForVerification(
            parsed.GetRequiredValue(CheckpointArguments.FileOrFolder),
            reference,
            parsed.GetValue(CheckpointArguments.Preset),
            parsed.GetValue(CheckpointArguments.Config),
            section);
        var errors = ReferenceVerifier.Verify(
            weights, description, reference, ComputeArguments.Read(parsed), section, Terminal.WriteMessage);
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(errors));
        else ReferenceErrorTable.Write(Terminal.Output, errors);
        if (errors.Count(error => !error.Agrees) is > 0 and var wrong)
            throw new MmDiffusionException($"{wrong} of {errors.Count} outputs differ from '{reference}' by more than is tolerated");
    }
}
