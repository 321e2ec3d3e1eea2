using System.CommandLine;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Media.Files;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Cli.Studies;

/// <summary><c>mmdiff study create</c>: makes a study of clips in folders.</summary>
internal sealed class StudyCreateCommand : ProgramCommand
{
    internal StudyCreateCommand(Terminal terminal) : base("create", "Make a study of the clips in folders, one for each system.", terminal)
    {
        Arguments.Add(StudyArguments.Name);
        Add(
        [
            StudyArguments.Kind, StudyArguments.Systems, StudyArguments.Clips, StudyArguments.Crop, StudyArguments.Raters,
            StudyArguments.PerRater, StudyArguments.AttentionChecks, StudyArguments.Duplicates, StudyArguments.FailedChecks,
            StudyArguments.RequireHeadphones, CommonOptions.Seed, .. StreamArguments.All, StudyArguments.Database, CommonOptions.Json,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff study create landscape --kind mos --system real=clips/real --system ours=out", "rate picture, sound and alignment"),
        new(
            "mmdiff study create turing --kind turing --system real=clips/real --system ours=out --clips 50 --raters 20",
            "made by a machine, or real?"),
        new(
            "mmdiff study create ab --kind pairwise --system ours=out --system theirs=other --per-rater 15",
            "which of two is better, and why"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var kind = Enum.Parse<StudyKind>(parsed.GetRequiredValue(StudyArguments.Kind), ignoreCase: true);
        var defaults = new StudyPlan();
        var request = new StudyRequest
        {
            Name = parsed.GetRequiredValue(StudyArguments.Name),
            Systems = StudyArguments.SystemsOf(parsed),
            Clips = parsed.GetValue(StudyArguments.Clips),
            Crop = parsed.GetValue(StudyArguments.Crop) is { } shape ? AspectRatio.Parse(shape) : null,
            Seed = parsed.GetValue(CommonOptions.Seed),
            Streams = StreamArguments.Of(parsed),
            ClipsPerRater = parsed.GetValue(StudyArguments.PerRater),
            Plan = defaults with
            {
                Kind = kind,
                RatersPerClip = parsed.GetValue(StudyArguments.Raters),
                AttentionChecks = parsed.GetValue(StudyArguments.AttentionChecks),
                Duplicates = parsed.GetValue(StudyArguments.Duplicates),
                Exclusions = defaults.Exclusions with
                {
                    MostFailedChecks = parsed.GetValue(StudyArguments.FailedChecks),
                    RequireHeadphones = parsed.GetValue(StudyArguments.RequireHeadphones),
                },
            },
        };
        request.Validate(); // before a database is made
        if (StudyArguments.DatabaseFile(parsed) is { } file && File.Exists(file))
            new KeptFiles(request.Systems.Where(system => Directory.Exists(system.Folder)).SelectMany(system =>
                Directory.EnumerateFiles(system.Folder, "*", SearchOption.AllDirectories))).Require(file);
        using var database = StudyDatabase.Open(parsed.GetRequiredValue(StudyArguments.Database));
        CreatedStudy study;
        using (var display = ProgressDisplay.Open(Terminal))
        {
            IWork? work = null;
            study = StudyMaker.CreateAsync(
                database,
                request,
                (done, all) => (work ??= display.Start("encoding", all, "clip")).Report(done),
                Terminal.Stop).GetAwaiter().GetResult();
        }
        if (parsed.GetValue(CommonOptions.Json))
        {
            Terminal.WriteResult(Json.Serialize(study));
            foreach (var notice in study.Notices) Terminal.WriteMessage(notice);
        }
        else CreatedStudyText.Write(Terminal, study, kind);
    }
}
