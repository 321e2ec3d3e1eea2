using System.CommandLine;
using System.Globalization;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary><c>mmdiff checkpoint average</c>: a model of an average of any length, made after the run.</summary>
internal sealed class CheckpointAverageCommand : ProgramCommand
{
    // Beyond it the profile is not what was asked for.
    private const double MuchError = 0.1;

    private static readonly Argument<string> RunFolder = new("RUN")
    {
        Description = "The folder of a run that was trained with average_widths",
    };

    private static readonly Option<double> Length = CommonOptions.Positive(
        "--length",
        "Relative width of the average: the standard deviation of the steps that it remembers, as a share of all steps",
        0.1,
        "WIDTH");

    private static readonly Option<long?> Step = new("--step")
    {
        Description = "The step it ends at; by default the last that was stored",
        HelpName = "N",
    };

    internal CheckpointAverageCommand(Terminal terminal)
        : base("average", "Make a model of a moving average of any length, after the training.", terminal)
    {
        Arguments.Add(RunFolder);
        Add([Length, Step, CheckpointArguments.StoredAs, CommonOptions.Output]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new(
            "mmdiff checkpoint average out/run --length 0.08 --type bf16 --output models/own",
            "remembers the steps of about the last quarter"),
        new("mmdiff checkpoint average out/run --length 0.1 --step 20000 --output models/early", "an early snapshot"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var (run, output) = (parsed.GetRequiredValue(RunFolder), parsed.GetRequiredValue(CommonOptions.Output).ToString());
        var type = CheckpointArguments.TypeOf(parsed.GetRequiredValue(CheckpointArguments.StoredAs));
        var (model, error) = PostHocAverage.Create(
            new TrainingFolder(run), parsed.GetRequiredValue(Length), parsed.GetValue(Step), output, type);
        if (error > MuchError)
        {
            Terminal.WriteMessage(string.Create(CultureInfo.InvariantCulture,
                $"the stored averages give this length only roughly: the profile is {error:0.00} of its norm off; ask for one nearer to "
                + $"average_widths, or store more often"));
        }
        Terminal.WritePath(model.Path);
    }
}
