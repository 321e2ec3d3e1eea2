using System.CommandLine;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data.Doctor;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Data;

/// <summary><c>mmdiff data doctor</c>: what is wrong with a data set.</summary>
internal sealed class DataDoctorCommand : ProgramCommand
{
    private readonly Option<string?> _heldOut = new("--held-out")
    {
        Description = "The videos that training must not see: looks for content that both have",
        HelpName = "DIR",
    };

    internal DataDoctorCommand(Terminal terminal)
        : base("doctor", "Look for what is wrong with a data set; returns 1 where there are errors.", terminal)
    {
        Arguments.Add(DataArguments.Folder);
        Add(
        [
            _heldOut, DataArguments.Frames, DataArguments.FrameRate, DataArguments.SampleRate, .. StreamArguments.All, CommonOptions.Json,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff data doctor videos/", "broken, silent, still and short files, wrong rates, offsets and duplicates"),
        new("mmdiff data doctor videos/ --held-out test/", "and whether a clip to test with is among those to train on"),
        new("mmdiff data doctor videos/ --json | jq '.findings[] | select(.is_error) | .path'", "the files with errors, for programs"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => true;

    protected override void Run(ParseResult parsed)
    {
        var (folder, heldOut, shape) = (parsed.GetRequiredValue(DataArguments.Folder),
            parsed.GetValue(_heldOut),
            DataArguments.ShapeOfAnySize(parsed));
        DataArguments.SayWhatIsPassedOver(Terminal, folder);
        if (heldOut is not null) DataArguments.SayWhatIsPassedOver(Terminal, heldOut);
        DoctorReport report;
        using (var display = ProgressDisplay.Open(Terminal))
        {
            var training = DataArguments.Index(parsed, folder, display, Terminal.Stop);
            var other = heldOut is null ? null : DataArguments.Index(parsed, heldOut, display, Terminal.Stop);
            report = MediaDoctor.Examine(training, other, shape, DataArguments.Show(display, "examining", "file"), Terminal.Stop);
        }
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(DoctorReportTable.ForPrograms(report)));
        else DoctorReportTable.Write(Terminal.Output, report);
        if (report.Errors > 0)
            throw new MmDiffusionException(
                $"the data set has {Plural.Of(report.Errors, "error")} in {Plural.Of(report.Files, "file")}; remove or replace them, or "
                + "leave them out with a --list when packing");
    }
}
