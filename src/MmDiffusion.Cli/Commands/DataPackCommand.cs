using System.CommandLine;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Commands;

/// <summary><c>mmdiff data pack</c>: decodes videos once, for training.</summary>
internal sealed class DataPackCommand : ProgramCommand
{
    private readonly Option<bool> _verify = new("--verify") { Description = "Pack nothing: DIR is packed, read every byte of it and compare the digests" };

    internal DataPackCommand(Terminal terminal) : base("pack", "Decode the videos of a folder once, into files that training reads fast.", terminal)
    {
        Arguments.Add(DataArguments.Folder);
        foreach (var option in new Option[] { DataArguments.Size, DataArguments.FrameRate, DataArguments.SampleRate, DataArguments.List, _verify, CommonOptions.Output, CommonOptions.Json }) Options.Add(option);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff data pack clips --output packed", "for the paper's model: 64x64 at 10 fps, sound at 16 kHz"),
        new("mmdiff data pack clips --size 256 --output frames", "large frames, to train an upscaler"),
        new("mmdiff data pack clips --list chosen/kept.txt --output packed", "the videos that 'data filter' chose"),
        new("mmdiff data pack packed --verify", "whether every byte is as it was written"),
        new("mmdiff train --config configs/landscape.json --data packed --output out/landscape", "train on them"),
    ];

    protected override void Run(ParseResult parsed)
    {
        if (parsed.GetValue(_verify)) Verify(parsed.GetRequiredValue(DataArguments.Folder), parsed.GetValue(CommonOptions.Json));
        else Pack(parsed);
    }

    private void Pack(ParseResult parsed)
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

    private void Verify(string folder, bool json)
    {
        IReadOnlyList<string> faults = [];
        ProgressDisplay.Run(Terminal, display => faults = PackIndex.Read(folder).FindFaults(folder, DataArguments.Show(display, "verifying", "shard"), Terminal.Stop));
        if (json) Terminal.WriteResult(Json.Serialize(new { Faults = faults }));
        else if (faults.Count == 0) Terminal.WriteResult($"every shard of '{folder}' is as it was written");
        else foreach (var fault in faults) Terminal.WriteResult(fault);
        if (faults.Count > 0) throw new MmDiffusionException($"{Plural.Of(faults.Count, "damaged shard")} in '{folder}'");
    }
}
