using System.CommandLine;
using System.Text.Json.Nodes;
using MmDiffusion.Cli.Generating;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Media;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Cli.Data;

/// <summary><c>mmdiff data synth</c>: draws scenes whose pictures cause their sound.</summary>
internal sealed class DataSynthCommand : ProgramCommand
{
    private const int LargestSheet = 32;

    private readonly Option<string> _kind = CommonOptions.OneOf("--kind", "What happens in the scenes", ["any", .. SceneKinds.Names]);

    private readonly Option<ulong?> _metBy = new("--met-by")
    {
        Description = "Draw the scenes that a training of this --seed meets first, of the number that --of tells",
        HelpName = "S",
    };

    private readonly Option<int?> _of = CommonOptions.AtLeast("--of", "Scenes of that training: the number in synth:N@SEED", 1, "N");

    internal DataSynthCommand(Terminal terminal)
        : base("synth", "Draw scenes whose pictures cause their sound, with the true times of what happens.", terminal)
    {
        Add(
        [
            CommonOptions.Count, CommonOptions.Seed, _metBy, _of, _kind, DataArguments.Size, DataArguments.Frames, DataArguments.FrameRate,
            DataArguments.SampleRate, .. OutputArguments.All,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff data synth --count 12 --size 256 --sheet", "a dozen scenes, and a picture of all of them"),
        new("mmdiff data synth --count 1000 --seed 1 --output clips", "a data set; the same command gives the same files"),
        new("mmdiff data synth --kind bounce --count 3 --frames 32", "longer clips of one kind"),
        new("mmdiff data synth --count 512 --seed 3 --met-by 7 --of 200000", "what a training on synth:200000@3 with --seed 7 saw first"),
    ];

    protected override bool NeedsFfmpeg(ParseResult parsed) => OutputArguments.FormatOf(parsed) != ClipFileFormat.Frames;

    protected override void Run(ParseResult parsed)
    {
        var (shape, count) = (DataArguments.Shape(parsed), parsed.GetValue(CommonOptions.Count));
        var word = parsed.GetRequiredValue(_kind);
        SceneKind? kind = word == "any" ? null : Enum.Parse<SceneKind>(word, ignoreCase: true);
        var format = OutputArguments.FormatOf(parsed);
        var output = parsed.GetRequiredValue(CommonOptions.Output).ToString();
        var (json, sheet) = (parsed.GetValue(CommonOptions.Json), parsed.GetValue(OutputArguments.Sheet));
        var (training, of) = (parsed.GetValue(_metBy), parsed.GetValue(_of));
        if (training.HasValue != of.HasValue)
            throw new MmDiffusionException("a training's order depends on the number of its scenes; give --met-by and --of together");
        if (count > of) throw new MmDiffusionException($"--count is {count}, expected at most the {of} of --of");
        using var scenes = new SyntheticClipSource(of ?? count, parsed.GetValue(CommonOptions.Seed), shape);
        using var chosen = training is { } order ? new FirstMetClips(scenes, order, count) : null;
        var written = new List<(string Path, SyntheticScene Scene)>();
        try
        {
            using var display = ProgressDisplay.Open(Terminal);
            var work = display.Start("drawing", count, "scene");
            for (var i = 0; i < count; i++)
            {
                Terminal.Stop.ThrowIfCancellationRequested();
                var number = chosen?.IndexOf(i) ?? i;
                var scene = SyntheticScenes.Create(scenes.SeedOf(number), shape, kind);
                var path = SceneFiles.Write(
                    scene, output, FormattableString.Invariant($"{scene.Kind.Name()}-{number:D6}"), format, Terminal.Stop);
                // Only a sheet needs the pictures again.
                written.Add((path, sheet && i < LargestSheet ? scene : scene with { Clip = Nothing }));
                if (!json && !Terminal.ShowsBar) Terminal.WritePath(path);
                work.Report(i + 1);
            }
        }
        finally
        {
            if (json && written.Count > 0) Terminal.WriteResult(Json.Serialize(written.Select(entry => Entry(entry.Path, entry.Scene))));
            else if (Terminal.ShowsBar) written.ForEach(entry => Terminal.WritePath(entry.Path));
        }
        if (sheet) WriteSheet(Path.Combine(output, "sheet.png"), [.. written.Take(LargestSheet)]);
    }

    private static Clip Nothing { get; } = new(new Frames([], 1, 1, 1), new Audio([], 1));

    private void WriteSheet(string path, List<(string Path, SyntheticScene Scene)> scenes)
    {
        ContactSheet.Write(path, [.. scenes.Select(entry => entry.Scene.Clip)], new ContactSheetOptions
        {
            Labels = [.. scenes.Select(entry => Path.GetFileNameWithoutExtension(entry.Path))],
        });
        Terminal.WriteMessage($"the sheet of the first {scenes.Count} clips is {path}");
    }

    private static JsonObject Entry(string path, SyntheticScene scene) => new()
    {
        ["path"] = path,
        ["seed"] = scene.Seed,
        ["kind"] = scene.Kind.Name(),
        ["event_times"] = new JsonArray([.. scene.EventTimes.Select(time => JsonValue.Create(Math.Round(time, 6)))]),
    };
}
