using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MmDiffusion.Cli.Data;
using MmDiffusion.Evaluation.Alignment;
using Spectre.Console;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate alignment</c>: whether sounds fit their pictures.</summary>
internal sealed class EvaluateAlignmentCommand : ProgramCommand
{
    private readonly Argument<string> _generated = new("DIR") { Description = "A folder of clips with sound, of one length" };

    private readonly Option<string?> _real = new("--real") { Description = "A folder of real clips to compare with", HelpName = "DIR" };

    internal EvaluateAlignmentCommand(Terminal terminal)
        : base("alignment", "How often a clip's own sound fits its picture better than the sound of another clip; 0.5 is chance.", terminal)
    {
        Arguments.Add(_generated);
        Add([_real, .. StreamArguments.All, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff evaluate alignment out", "clips alone"),
        new("mmdiff evaluate alignment out --real clips", "and how much of the real clips' alignment they reach"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var generated = Score(parsed, parsed.GetRequiredValue(_generated));
        var real = parsed.GetValue(_real) is { } folder ? Score(parsed, folder) : null;
        var share = real is { Score: > 0.5 } ? (generated.Score - 0.5) / (real.Score - 0.5) : (double?)null;
        if (parsed.GetValue(CommonOptions.Json))
        {
            Terminal.WriteResult(Json.Serialize(new JsonObject
            {
                ["alignment"] = new JsonObject
                {
                    ["generated"] = Entry(generated),
                    ["real"] = Entry(real),
                    ["share_of_real_excess"] = share,
                },
            }));
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("clips", "number", "alignment", "95% interval");
        AddRow(table, "generated", generated);
        if (real is not null) AddRow(table, "real", real);
        Terminal.Output.Write(table);
        if (share is { } reached)
            Terminal.WriteResult(string.Create(
                CultureInfo.InvariantCulture,
                $"the generated clips reach {reached:P0} of the real clips' excess over chance"));
    }

    private AlignmentScore Score(ParseResult parsed, string folder) =>
        AlignmentScore.Of(TrackProgress.Read(Terminal, folder, StreamArguments.Of(parsed)).Tracks);

    private static void AddRow(Table table, string name, AlignmentScore score) => table.AddRow(
        name, $"{score.PerClip.Count}", Number(score.Score), $"{Number(score.Interval.Lower)} – {Number(score.Interval.Upper)}");

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static JsonObject? Entry(AlignmentScore? score) => score is null ? null : new JsonObject
    {
        ["score"] = score.Score,
        ["interval"] = new JsonArray(score.Interval.Lower, score.Interval.Upper),
        ["clips"] = score.PerClip.Count,
    };
}
