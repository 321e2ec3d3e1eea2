using System.CommandLine;
using MmDiffusion.Generation;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Cli.Generating;

/// <summary><c>mmdiff sample</c>: makes videos with sound out of nothing but a seed.</summary>
internal sealed class SampleCommand : ProgramCommand
{
    private const string ClipName = "clip";

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Make only the clips that the output folder does not have yet",
    };

    internal SampleCommand(Terminal terminal) : base("sample", "Make videos together with their sound.", terminal) =>
        Add([.. GenerationArguments.All, _resume]);

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff sample", "one clip, out/clip-0.mp4"),
        new("mmdiff sample --count 8 --seed 100 --sheet", "eight clips and a picture of all of them"),
        new("mmdiff sample --model my-model --sampler unipc --steps 15 --upscaler none", "another model, faster and small"),
        new("mmdiff sample --preview 5 --format webm --output results", "watch results/preview.png meanwhile"),
        new("mpirun -n 4 mmdiff sample --count 2048 --resume", "on four ranks, those that are not there yet"),
    ];

    protected override bool RunsOnRanks => true;

    protected override bool NeedsFfmpeg(ParseResult parsed) => OutputArguments.FormatOf(parsed) != ClipFileFormat.Frames;

    protected override void Run(ParseResult parsed)
    {
        var (settings, resume) = (GenerationArguments.Read(parsed), parsed.GetValue(_resume));
        GenerationRun.Start(parsed, Terminal, settings, Check, Work);

        void Check(ClipFolder folder) => folder.RequireReplaceable(settings.Names(ClipName), settings.PreviewEvery > 0);

        void Work(GenerationRun run) =>
            run.Generate(settings, ClipName, resume, isGeneratorGiven: SamplingArguments.GeneratorOf(parsed) is not null);
    }
}
