using System.CommandLine;
using System.Globalization;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Extraction.Embedded;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate train-extractors</c>: makes the embedded feature extractors again.</summary>
internal sealed class EvaluateTrainExtractorsCommand : ProgramCommand
{
    private static readonly ExtractorTrainingOptions Defaults = new();

    private readonly Option<int> _steps = CommonOptions.AtLeast("--steps", "Steps of each extractor", 1, Defaults.Steps, "N");

    private readonly Option<int> _batch = CommonOptions.AtLeast("--batch", "Scenes of a step", 2, Defaults.Batch, "N");

    internal EvaluateTrainExtractorsCommand(Terminal terminal)
        : base("train-extractors", "Train the embedded feature extractors on synthetic scenes, for video and for sound.", terminal) =>
        Add([_steps, _batch, CommonOptions.Seed, CommonOptions.Output, CommonOptions.Json]);

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff evaluate train-extractors --output models/extractors", "as those that come with the program were made"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var options = new ExtractorTrainingOptions
        {
            Steps = parsed.GetValue(_steps),
            Batch = parsed.GetValue(_batch),
            Seed = Defaults.Seed + parsed.GetValue(CommonOptions.Seed),
        };
        var reports = new List<ExtractorTrainingReport>();
        using (var display = ProgressDisplay.Open(Terminal))
        {
            foreach (var modality in Enum.GetValues<Modality>())
            {
                var work = display.Start($"training {modality.ToString().ToLowerInvariant()}", options.Steps, "step");
                reports.Add(new ExtractorTrainer(modality, options).Run(
                    parsed.GetRequiredValue(CommonOptions.Output).ToString(),
                    (step, loss) => work.Report(step, string.Create(CultureInfo.InvariantCulture, $"loss {loss:0.000}")),
                    Terminal.Stop));
            }
        }
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(reports));
        else
            foreach (var report in reports)
                Terminal.WriteResult(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{report.Path}: tells {report.Kind:P0} of the kinds of unseen scenes, and {report.Tampered:P0} of tampering"));
    }
}
