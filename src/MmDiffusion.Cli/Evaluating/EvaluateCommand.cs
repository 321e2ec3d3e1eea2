using System.CommandLine;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Distributed;
using MmDiffusion.Evaluation;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate</c>: how good clips are.</summary>
internal sealed class EvaluateCommand : ProgramCommand
{
    private readonly Option<string> _real = new("--real")
    {
        Description = "A folder of real clips, best ones that training never saw",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<string> _generated = new("--generated")
    {
        Description = "A folder of generated clips",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<string?> _training = new("--training")
    {
        Description = "A folder of the clips that the model was trained on, to look for memorised ones",
        HelpName = "DIR",
    };

    private readonly Option<string> _protocol = new("--protocol")
    {
        Description = "How to measure: the name of a protocol that comes with the program, or a JSON file",
        HelpName = "NAME|FILE",
        DefaultValueFactory = _ => "embedded",
    };

    private readonly Option<string?> _loss = new("--loss")
    {
        Description = "The model's loss, which the report then shows: what 'mmdiff evaluate loss --json' printed",
        HelpName = "FILE",
    };

    private readonly Option<string?> _label = new("--label")
    {
        Description = "How tables call the generated clips; the name of their folder by default",
        HelpName = "NAME",
    };

    private readonly Option<string?> _cache = new("--cache")
    {
        Description = "Folder for features, which are kept by the content of clips; among the user's caches by default",
        HelpName = "DIR",
    };

    internal EvaluateCommand(Terminal terminal) : base("evaluate", "Measure how good generated clips are, and write a report.", terminal)
    {
        Add(
        [
            _real, _generated, _training, _protocol, _loss, _label, _cache, .. StreamArguments.All, CommonOptions.Output,
            CommonOptions.Json,
        ]);
        Subcommands.Add(new EvaluateAlignmentCommand(terminal));
        Subcommands.Add(new EvaluateCompareCommand(terminal));
        Subcommands.Add(new EvaluateEventsCommand(terminal));
        Subcommands.Add(new EvaluateTrainExtractorsCommand(terminal));
        Subcommands.Add(new EvaluateUpscalerCommand(terminal));
        Subcommands.Add(new EvaluateLossCommand(terminal));
        Subcommands.Add(new EvaluateCurveCommand(terminal));
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff evaluate --real clips --generated out --output report", "all figures with their intervals, as a page and as JSON"),
        new("mmdiff evaluate --real held-out --generated out --training clips", "and whether clips were memorised"),
        new("mmdiff evaluate --real test --generated out --protocol mm-diffusion-paper", "as the paper measured, with its extractors"),
    ];

    protected override bool RunsOnRanks => true;

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var ranks = Ranks.Join(Terminal.End);
        var protocol = ranks.Together(() => EvaluationProtocol.Read(parsed.GetRequiredValue(_protocol)));
        var evaluation = new ClipEvaluation(
            protocol,
            parsed.GetValue(_cache) is { } cache ? new FeatureCache(cache) : FeatureCache.OfUser(),
            ranks);
        var folders = new EvaluationFolders(
            parsed.GetRequiredValue(_real),
            parsed.GetRequiredValue(_generated),
            parsed.GetValue(_training))
        { Streams = StreamArguments.Of(parsed) };
        var output = parsed.GetRequiredValue(CommonOptions.Output).ToString();
        ranks.Together(() =>
        {
            TemporaryFiles.Require(); // Short sounds are kept there while they are read.
            var found = new[] { folders.Real, folders.Generated, folders.Training }.OfType<string>().Select(MediaInputs.FindClips).ToList();
            new KeptFiles([parsed.GetValue(_protocol), parsed.GetValue(_loss), .. found.SelectMany(folder => folder.Files)]).Require(
                Path.Combine(output, EvaluationReport.JsonFile), Path.Combine(output, EvaluationReport.PageFile));
            if (ranks.Rank == 0)
                foreach (var sentence in found.Select(folder => folder.PassedOver.Sentence()).OfType<string>())
                    Terminal.WriteMessage(sentence);
            return true;
        });
        if (ranks.Rank == 0) Report(parsed, evaluation, folders);
        else evaluation.Help(folders, Terminal.Stop);
        ranks.Dispose();
    }

    private void Report(ParseResult parsed, ClipEvaluation evaluation, EvaluationFolders folders)
    {
        var output = parsed.GetRequiredValue(CommonOptions.Output).ToString();
        var loss = parsed.GetValue(_loss) is { } file ? LossReport.Read(file) : null;
        EvaluationReport report;
        using (var display = ProgressDisplay.Open(Terminal))
        {
            report = evaluation.Run(folders, parsed.GetValue(_label), new StageDisplay(display).Report, Terminal.Stop) with { Loss = loss };
            report.Write(output);
            ReportPage.Write(report, output, Terminal.Stop);
        }
        foreach (var notice in report.Notices()) Terminal.WriteMessage(notice);
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(report.ToJson());
        else EvaluationTable.Write(Terminal, report, output);
    }
}
