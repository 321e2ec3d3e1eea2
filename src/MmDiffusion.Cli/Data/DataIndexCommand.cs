using System.CommandLine;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data.Indexing;

namespace MmDiffusion.Cli.Data;

/// <summary><c>mmdiff data index</c>: what a folder of videos holds.</summary>
internal sealed class DataIndexCommand : ProgramCommand
{
    internal DataIndexCommand(Terminal terminal) : base("index", "Look into every file of a data set, once.", terminal)
    {
        Arguments.Add(DataArguments.Folder);
        Add([.. StreamArguments.All, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff data index videos/", "how much there is, and which files are broken"),
        new("mmdiff data index videos/ --json | jq '.files[].media.width'", "what every file holds, for programs"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        MediaIndex index;
        using (var display = ProgressDisplay.Open(Terminal))
            index = DataArguments.Index(parsed, parsed.GetRequiredValue(DataArguments.Folder), display, Terminal.Stop);
        if (index.PassedOver.Sentence() is { } sentence) Terminal.WriteMessage(sentence);
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(new { index.Folder, index.Files }));
        else MediaIndexTable.Write(Terminal.Output, index);
    }
}
