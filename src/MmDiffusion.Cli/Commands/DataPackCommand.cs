using System.CommandLine;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Commands;

/// <summary><c>mmdiff data pack</c>: decodes videos once, for training.</summary>
internal sealed class DataPackCommand : ProgramCommand
{
    internal DataPackCommand(Terminal terminal) : base("pack", "Decode the videos of a folder once, into files that training reads fast.", terminal)
    {
        Arguments.Add(DataArguments.Folder);
        foreach (var option in new Option[] { DataArguments.Size, DataArguments.FrameRate, DataArguments.SampleRate, DataArguments.List, CommonOptions.Output, CommonOptions.Json }) Options.Add(option);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff data pack clips --output packed", "for the paper's model: 64x64 at 10 fps, sound at 16 kHz"),
        new("mmdiff data pack clips --size 256 --output frames", "large frames, to train an upscaler"),
        new("mmdiff data pack clips --list chosen/kept.txt --output packed", "the videos that 'data filter' chose"),
        new("mmdiff train --config configs/landscape.json --data packed --output out/landscape", "train on them"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var size = parsed.GetValue(DataArguments.Size);
        var output = parsed.GetRequiredValue(CommonOptions.Output).ToString();
        var format = new ClipFormat(size, size, parsed.GetValue(DataArguments.FrameRate), parsed.GetValue(DataArguments.SampleRate));
        var only = parsed.GetValue(DataArguments.List) is { } list ? FileList.Read(list) : null;
        PackIndex? index = null;
        ProgressDisplay.Run(Terminal, display =>
        {
            IWork? work = null;
            index = new ClipPacker(parsed.GetRequiredValue(DataArguments.Folder), output, format) { Only = only }.Pack((done, total) =>
            {
                work ??= display.Start("packing", total, "video", done);
                work.Report(done);
            }, Terminal.Stop);
        });
        foreach (var (source, reason) in index!.Skipped) Terminal.WriteMessage($"left out {source}: {reason}");
        Terminal.WriteResult(parsed.GetValue(CommonOptions.Json) ? Json.Serialize(index) : output);
    }
}
