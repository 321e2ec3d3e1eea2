using System.Globalization;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media.Files;
using Spectre.Console;

namespace MmDiffusion.Cli.Data;

/// <summary>Shows a <see cref="MediaIndex"/> to people: totals, and what is broken.</summary>
internal static class MediaIndexTable
{
    internal static void Write(IAnsiConsole console, MediaIndex index)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        var media = index.Files.Select(file => file.Media).OfType<Media.Reading.MediaInformation>().ToList();
        var both = media.Where(file => file is { HasVideo: true, HasAudio: true }).ToList();
        Row("folder", index.Folder);
        Row("files", Text($"{index.Files.Count}, {index.Files.Sum(file => file.Bytes):N0} bytes"));
        Row("videos with sound", Text($"{both.Count}, {Length(both.Sum(file => file.VideoSeconds))}"));
        Row("without sound", Text($"{media.Count(file => file is { HasVideo: true, HasAudio: false })}"));
        Row("without a picture", Text($"{media.Count(file => !file.HasVideo)}"));
        if (both.Count > 0)
        {
            Row(
                "frame size",
                Range(both.OrderBy(file => (long)file.Width * file.Height).Select(file => Text($"{file.Width}x{file.Height}"))));
            Row("frame rate", Range(both.OrderBy(file => file.FrameRate).Select(file => Text($"{file.FrameRate:0.###}"))));
            Row("sample rate", Range(both.OrderBy(file => file.SampleRate).Select(file => Text($"{file.SampleRate}"))));
        }
        var broken = index.Files.Where(file => file.Failure is not null).ToList();
        Row("broken", Text($"{broken.Count}"));
        console.Write(grid);
        foreach (var file in broken) console.Write(new Text($"{Media.Files.FileNames.Printable(file.Failure!)}\n"));

        void Row(string name, string value) => grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(FileNames.Printable(value)));
    }

    /// <summary>Hours, minutes and seconds.</summary>
    private static string Length(double seconds) => Text($"{Math.Floor(seconds / 3600):0}:{TimeSpan.FromSeconds(seconds):mm\\:ss} h");

    private static string Range(IEnumerable<string> sorted)
    {
        var values = sorted.ToList();
        return values[0] == values[^1] ? values[0] : $"{values[0]} to {values[^1]}, median {values[values.Count / 2]}";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
