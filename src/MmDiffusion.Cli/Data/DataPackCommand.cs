using System.CommandLine;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data.Filtering;
using MmDiffusion.Data.Packing;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Cli.Data;

/// <summary><c>mmdiff data pack</c>: decodes videos once, for training.</summary>
internal sealed class DataPackCommand : ProgramCommand
{
    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Pack nothing: DIR is packed, read every byte of it and compare the digests",
    };

    internal DataPackCommand(Terminal terminal)
        : base("pack", "Decode the videos of a folder once, into files that training reads fast.", terminal)
    {
        Arguments.Add(DataArguments.Folder);
        Add(
        [
            DataArguments.Size, DataArguments.FrameRate, DataArguments.SampleRate, DataArguments.List, .. StreamArguments.All, _verify,
            CommonOptions.Output, CommonOptions.Json,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff data pack clips --output packed", "for the paper's model: 64x64 at 10 fps, sound at 16 kHz"),
        new("mmdiff data pack clips --size 256 --output frames", "large frames, to train an upscaler"),
        new("mmdiff data pack clips --list chosen/kept.txt --output packed", "the videos that 'data filter' chose"),
        new("mmdiff data pack packed --verify", "whether every byte is as it was written"),
        new("mmdiff train --config configs/landscape.json --data packed --output out/landscape", "train on them"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => !parsed.GetValue(_verify);

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
        var folder = parsed.GetRequiredValue(DataArguments.Folder);
        var list = parsed.GetValue(DataArguments.List);
        var only = list is null ? null : FileList.Read(list, folder);
        if (only is null) DataArguments.SayWhatIsPassedOver(Terminal, folder);
        var packer = new ClipPacker(folder, output, format)
        {
            Only = only,
            Kept = new KeptFiles(list),
            Streams = StreamArguments.Of(parsed),
        };
        PackIndex index;
        using (var display = ProgressDisplay.Open(Terminal))
        {
            IWork? work = null;
            index = packer.Pack(
                (done, total) => (work ??= display.Start("packing", total, "video", done)).Report(done),
                Terminal.Stop);
        }
        foreach (var (source, damage) in index.Damaged) Terminal.WriteMessage($"packed {source} as ffmpeg makes it up: {damage}");
        foreach (var (source, notice) in index.Noted) Terminal.WriteMessage($"packed {source}: {notice}");
        foreach (var (source, reason) in index.Skipped) Terminal.WriteMessage($"left out {source}: {reason}");
        if (only is not null) SayWhatIsMissing(index, list!, only.Count);
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(index));
        else Terminal.WritePath(output);
    }

    private void SayWhatIsMissing(PackIndex index, string list, int named)
    {
        var packed = index.Shards.Sum(shard => shard.Videos.Count);
        if (packed == named) return;
        var repeated = named - packed - index.Skipped.Count;
        Terminal.WriteMessage(
            $"packed {Plural.Of(packed, "video")} of the {named} that '{list}' names: {index.Skipped.Count} "
            + $"left out, {repeated} named more than once");
    }

    private void Verify(string folder, bool json)
    {
        IReadOnlyList<string> faults;
        using (var display = ProgressDisplay.Open(Terminal))
            faults = PackIndex.Read(folder).FindFaults(folder, DataArguments.Show(display, "verifying", "shard"), Terminal.Stop);
        if (json) Terminal.WriteResult(Json.Serialize(new { Faults = faults }));
        else if (faults.Count == 0) Terminal.WriteResult(FileNames.Printable($"every shard of '{folder}' is as it was written"));
        else foreach (var fault in faults) Terminal.WritePath(fault);
        if (faults.Count > 0) throw new MmDiffusionException($"{Plural.Of(faults.Count, "damaged shard")} in '{folder}'");
    }
}
