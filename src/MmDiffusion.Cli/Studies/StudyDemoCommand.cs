using System.CommandLine;
using MmDiffusion.Cli.Generating;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Generation;
using MmDiffusion.Studio.Demo;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Cli.Studies;

/// <summary><c>mmdiff study demo</c>: a study to look at, in one command.</summary>
internal sealed class StudyDemoCommand : ProgramCommand
{
    internal StudyDemoCommand(Terminal terminal)
        : base("demo", "Make a study of a model's clips against synthetic scenes, and serve it.", terminal)
    {
        Add([ModelArguments.Model, StudyArguments.Kind, StudyArguments.Clips, .. StudyArguments.Server, .. ComputeArguments.All]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff study demo", "open the link that it prints"),
        new("mmdiff study demo --kind pairwise --clips 3 --urls http://localhost:6000", "another kind, shorter, on another port"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var request = new DemoRequest
        {
            Kind = StudyKindOf(parsed),
            Clips = parsed.GetValue(StudyArguments.Clips) ?? DemoRequest.DefaultClips,
        };
        var (model, _) = GenerationModels.Find(parsed.GetValue(ModelArguments.Model), GenerationModels.NoUpscaler);
        UsageException.ThrowIf(() => new GenerationOptions { Count = request.Clips }.Validate(model.Description));
        using var database = StudyDatabase.Open(parsed.GetRequiredValue(StudyArguments.Database));
        using var models = GenerationModels.LoadFound(model, null, ComputeArguments.Read(parsed));
        ModelArguments.SayUntrained(Terminal, models.Joint, null);
        CreatedStudy study;
        using (var display = ProgressDisplay.Open(Terminal))
        {
            var work = display.Start("generating", request.Clips, "clip");
            study = DemoStudy.CreateAsync(database, models.Joint, request, done => work.Report(done), Terminal.Stop)
                .GetAwaiter()
                .GetResult();
        }
        CreatedStudyText.Write(Terminal, study, request.Kind);
        StudyServing.RunAsync(Terminal, database, StudyArguments.ServerOptions(parsed)).GetAwaiter().GetResult();
    }

    private static Studio.Studies.StudyKind StudyKindOf(ParseResult parsed) =>
        Enum.Parse<Studio.Studies.StudyKind>(parsed.GetRequiredValue(StudyArguments.Kind), ignoreCase: true);
}
