using System.CommandLine;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Media.Files;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate curve</c>: how training runs went.</summary>
internal sealed class EvaluateCurveCommand : ProgramCommand
{
    private readonly Argument<string[]> _runs = new("RUN")
    {
        Description = "Output folders of 'train' or 'train-upscaler', also of runs that are still continuing",
        Arity = ArgumentArity.OneOrMore,
    };

    internal EvaluateCurveCommand(Terminal terminal)
        : base("curve", "Draw the loss of training runs over their steps, on batches, on clips seen and on clips held out.", terminal)
    {
        Arguments.Add(_runs);
        Add([CommonOptions.Output, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff evaluate curve out/landscape --output out/landscape", "one run, as out/landscape/curve.png"),
        new("mmdiff evaluate curve out/first out/second", "two runs in one picture"),
    ];

    protected override void Run(ParseResult parsed)
    {
        IReadOnlyList<TrainingCurve> curves = [.. parsed.GetRequiredValue(_runs).Select(TrainingCurve.Read)];
        new KeptFiles(parsed.GetRequiredValue(_runs)
            .Select(run => new TrainingFolder(run))
            .SelectMany(run => new[] { run.Losses, run.HeldOut }))
            .Require(Path.Combine(parsed.GetRequiredValue(CommonOptions.Output).ToString(), TrainingCurvePlot.FileName));
        var path = TrainingCurvePlot.Write(curves, parsed.GetRequiredValue(CommonOptions.Output).ToString());
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(new { Picture = path, Runs = curves }));
        else Terminal.WritePath(path);
    }
}
