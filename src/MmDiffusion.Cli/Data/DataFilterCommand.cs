using System.CommandLine;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Data.Filtering;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Cli.Data;

/// <summary><c>mmdiff data filter</c>: chooses the best videos of a large collection.</summary>
internal sealed class DataFilterCommand : ProgramCommand
{
    private readonly Option<int> _keep = CommonOptions.AtLeast("--keep", "How many videos to keep", 1, new FilterOptions().Keep, "N");

    private readonly Option<string?> _segments = new("--segments")
    {
        Description = "AudioSet's table (id, start, end, labels): only videos whose name has one of its ids are kept",
        HelpName = "FILE",
    };

    private readonly Option<double?> _seconds = CommonOptions.NotNegative(
        "--min-seconds",
        $"Shorter videos are left out; {new FilterOptions().LeastSeconds} by default",
        "SECONDS");

    internal DataFilterCommand(Terminal terminal)
        : base(
            "filter",
            "Choose the videos with the highest frame rates and the largest frames, and say why the others are left out.",
            terminal)
    {
        Arguments.Add(DataArguments.Folder);
        Add([_keep, _segments, _seconds, .. StreamArguments.All, CommonOptions.Output, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new(
            "mmdiff data filter audioset/ --keep 20000 --output chosen",
            "writes chosen/kept.txt, and chosen/left-out.csv with the reasons"),
        new("mmdiff data filter audioset/ --segments balanced_train_segments.csv", "of the videos in AudioSet's table alone"),
        new("mmdiff data pack audioset/ --list chosen/kept.txt --output packed", "then packs what was chosen"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var defaults = new FilterOptions();
        var options = new FilterOptions
        {
            Keep = parsed.GetValue(_keep),
            LeastSeconds = parsed.GetValue(_seconds) ?? defaults.LeastSeconds,
            Segments = parsed.GetValue(_segments) is { } table ? AudioSetSegments.Read(table) : null,
        };
        var (folder, output) = (parsed.GetRequiredValue(DataArguments.Folder), parsed.GetRequiredValue(CommonOptions.Output).ToString());
        var (files, passedOver) = MediaInputs.FindBelow(folder);
        new KeptFiles([parsed.GetValue(_segments), .. files]).Require(
            Path.Combine(output, FilterResult.KeptFile),
            Path.Combine(output, FilterResult.LeftOutFile));
        if (passedOver.Sentence() is { } sentence) Terminal.WriteMessage(sentence);
        FilterResult result;
        using (var display = ProgressDisplay.Open(Terminal))
            result = MediaFilter.Select(DataArguments.Index(parsed, folder, display, Terminal.Stop), options);
        result.Write(output);
        if (parsed.GetValue(CommonOptions.Json))
        {
            Terminal.WriteResult(Json.Serialize(result));
            return;
        }
        if (result.SegmentsWithoutFile is > 0 and var without)
            Terminal.WriteMessage($"{Plural.Of(without, "segment")} of the table without a file");
        Terminal.WriteMessage($"{Plural.Of(result.Kept.Count, "file")} kept, {result.LeftOut.Count} left out");
        Terminal.WritePath(Path.Combine(output, FilterResult.KeptFile));
        Terminal.WritePath(Path.Combine(output, FilterResult.LeftOutFile));
    }
}
