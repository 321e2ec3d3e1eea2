using System.CommandLine;
using MmDiffusion.Generation;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Cli.Generating;

/// <summary><c>mmdiff sample</c>: makes videos with sound out of nothing but a seed.</summary>
internal sealed class SampleCommand : ProgramCommand
{
    private const string ClipName = "clip";

    internal SampleCommand(Terminal terminal) : base("sample", "Make videos together with their sound.", terminal)
    {
        Option[] options =
        [
            GenerationArguments.Model, CommonOptions.Count, CommonOptions.Seed, GenerationArguments.Generator, GenerationArguments.Profile,
            GenerationArguments.Sampler, GenerationArguments.Steps, GenerationArguments.Reuse, GenerationArguments.Batch,
            GenerationArguments.Label, GenerationArguments.Not, GenerationArguments.LabelGuidance, GenerationArguments.SyncGuidance,
            GenerationArguments.Upscaler, GenerationArguments.UpscalerSampler, GenerationArguments.UpscalerSteps,
            GenerationArguments.UpscalerReuse, GenerationArguments.Memory, GenerationArguments.Format, GenerationArguments.Sheet,
            GenerationArguments.Preview,
            GenerationArguments.Resume, CommonOptions.Output, CommonOptions.Device, CommonOptions.Precision,
            CommonOptions.Json,
        ];
        foreach (var option in options) Options.Add(option);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff sample", "one clip, out/clip-0.mp4"),
        new("mmdiff sample --count 8 --seed 100 --sheet", "eight clips and a picture of all of them"),
        new("mmdiff sample --model my-model --sampler unipc --steps 15 --upscaler none", "another model, faster and small"),
        new("mmdiff sample --preview 5 --format webm --output results", "watch results/preview.png meanwhile"),
        new("mpirun -n 4 mmdiff sample --count 2048 --resume", "on four ranks, those that are not there yet"),
    ];

    protected override bool RunsOnRanks => true;

    protected override bool NeedsFfmpeg(ParseResult parsed) => GenerationArguments.FormatOf(parsed) != ClipFileFormat.Frames;

    protected override void Run(ParseResult parsed)
    {
        var (settings, resume) = (GenerationArguments.Options(parsed), parsed.GetValue(GenerationArguments.Resume));
        GenerationRun.Start(parsed, Terminal, settings, Check, Work);

        void Check(ClipFolder folder) => folder.RequireReplaceable(settings.Names(ClipName), settings.PreviewEvery > 0);

        void Work(GenerationRun run) =>
            run.Generate(settings, ClipName, resume, isGeneratorGiven: GenerationArguments.GeneratorOf(parsed) is not null);
    }
}
