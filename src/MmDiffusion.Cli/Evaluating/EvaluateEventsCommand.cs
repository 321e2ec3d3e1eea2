using System.CommandLine;
using System.Globalization;
using MmDiffusion.Cli.Data;
using MmDiffusion.Data;
using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media.Reading;
using Spectre.Console;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate events</c>: whether clips made for scenes show and sound what happens there, when it happens.</summary>
internal sealed class EvaluateEventsCommand : ProgramCommand
{
    private readonly Argument<string> _results = new("DIR")
    {
        Description = "A folder of clips made for scenes; their names begin with the scenes' names",
    };

    private readonly Option<string> _scenes = new("--scenes")
    {
        Description = "The folder of scenes that 'mmdiff data synth' wrote",
        HelpName = "DIR",
        Required = true,
    };

    internal EvaluateEventsCommand(Terminal terminal)
        : base("events", "How well the sounds and pictures of clips hit the true events of the scenes that they were made for.", terminal)
    {
        Arguments.Add(_results);
        Add([_scenes, .. StreamArguments.All, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff data synth --count 64 --seed 7 --size 32 --output scenes", "scenes the training never saw"),
        new("mmdiff video-to-audio scenes --output sounds", "sounds for them"),
        new("mmdiff evaluate events sounds --scenes scenes", "whether they come in time"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var streams = StreamArguments.Of(parsed);
        var (results, scenes) = (parsed.GetRequiredValue(_results), parsed.GetRequiredValue(_scenes));
        // Which clip belongs to which scene is known before any is decoded.
        var truths = TrueEvents.Find(MediaInputs.FindClips(results).Files, scenes);
        var videos = TrueEvents.VideosOf(truths, MediaInputs.FindClips(scenes).Files);
        var (files, made) = TrackProgress.Read(Terminal, results, streams);
        var (_, real) = TrackProgress.Read(Terminal, scenes, streams);
        var events = truths.Select((truth, i) => TrueEvents.Read(truth, MediaFile.Probe(files[i], streams).FrameRate)).ToList();
        var ceiling = videos.Select(number => real[number]).ToList();
        var rows = new[]
        {
            EventReport.Of("sound", EventDetector.Heard, made, ceiling, events),
            EventReport.Of("picture", EventDetector.Seen, made, ceiling, events),
        };
        if (parsed.GetValue(CommonOptions.Json))
        {
            Terminal.WriteResult(Json.Serialize(rows));
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns(
            "events in", "F1", "precision", "recall", "unrelated F1", "F1 of the scenes themselves");
        foreach (var row in rows)
            table.AddRow(
                row.Part, Number(row.Made.F1), Number(row.Made.Precision), Number(row.Made.Recall), Number(row.Unrelated.F1),
                Number(row.Scenes.F1));
        Terminal.Output.Write(table);
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
