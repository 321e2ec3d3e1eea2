using System.CommandLine;
using MmDiffusion.Generation;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary><c>mmdiff checkpoint import</c>: turns published weights into a model's folder.</summary>
internal sealed class CheckpointImportCommand : ProgramCommand
{
    internal CheckpointImportCommand(Terminal terminal) : base("import", "Make a model's folder of published weights.", terminal)
    {
        Arguments.Add(CheckpointArguments.File);
        Add(
        [
            CheckpointArguments.Preset, CheckpointArguments.Config, CheckpointArguments.Section, CheckpointArguments.StoredAs,
            CommonOptions.Output,
        ]);
        Validators.Add(result =>
        {
            if (result.GetResult(CheckpointArguments.Preset) is null == result.GetResult(CheckpointArguments.Config) is null)
                result.AddError(
                    $"give either {CheckpointArguments.Preset.Name} or {CheckpointArguments.Config.Name}, which say what the weights mean");
        });
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff checkpoint import landscape.pt --preset landscape --output models/landscape", "the paper's model for landscapes"),
        new("mmdiff checkpoint import sr.pt --preset sr-64-256 --output models/landscape/upscaler", "the upscaler that belongs to it"),
        new(
            "mmdiff checkpoint import out/run/model/model.safetensors --config out/run/model/config.json --type bf16 --output models/own",
            "a model of your training, at half the size"),
        new(
            "mmdiff checkpoint import out/run/checkpoints/step-00001000 --section weights --config "
            + "out/run/model/config.json --output models/raw",
            "weights of your training without averaging"),
        new("mmdiff checkpoint import own.pt --config config.json --output models/own", "a model of other sizes"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var file = CheckpointDescriptions.WeightsOf(parsed.GetRequiredValue(CheckpointArguments.File));
        var section = parsed.GetValue(CheckpointArguments.Section);
        var description = CheckpointDescriptions.ForImport(
            file,
            parsed.GetValue(CheckpointArguments.Preset),
            parsed.GetValue(CheckpointArguments.Config),
            section);
        var output = new ModelDirectory(parsed.GetRequiredValue(CommonOptions.Output).ToString(), description);
        new KeptFiles(file, parsed.GetValue(CheckpointArguments.Config)).Require(output.Files);
        Terminal.WriteResult(
            ModelImporter.Import(
                file, description, parsed.GetRequiredValue(CommonOptions.Output).ToString(),
                CheckpointArguments.TypeOf(parsed.GetRequiredValue(CheckpointArguments.StoredAs)), section, Terminal.WriteMessage).Path);
    }
}
