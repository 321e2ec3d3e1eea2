using System.Globalization;
using MmDiffusion.Generation;
using MmDiffusion.Media.Files;
using Spectre.Console;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary>Shows a <see cref="CheckpointReport"/> to people.</summary>
internal static class CheckpointReportTable
{
    internal static void Write(IAnsiConsole console, CheckpointReport report)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        if (report.Description is { } description) AddDescription(description, Row);
        if (report.Weights is { } weights) AddWeights(weights, Row);
        else Row("weights", "none: the network is as training would start it");
        console.Write(grid);

        void Row(string name, string value) => grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(FileNames.Printable(value)));
    }

    private static void AddDescription(ModelDescription description, Action<string, string> row)
    {
        row("kind", description.Kind.ToString().ToLowerInvariant());
        row("trained", description.Trained ? "yes" : "no");
        if (description.Source is { } source) row("source", source);
        if (description.Coupled is { } coupled)
        {
            row("video", Text($"{coupled.Frames} frames of {coupled.Width}x{coupled.Height}, {description.FrameRate:0.###} per second"));
            row("sound", Text($"{coupled.AudioLength} samples, {description.SampleRate} per second"));
        }
        if (description.SuperResolution is { } upscaler)
            row("enlarges", Text($"{upscaler.SmallSize}x{upscaler.SmallSize} to {upscaler.LargeSize}x{upscaler.LargeSize}"));
    }

    private static void AddWeights(WeightsReport weights, Action<string, string> row)
    {
        row("format", weights.Format);
        row("size", Text($"{weights.Bytes:N0} bytes"));
        if (weights.Sections.Count > 1)
            row(
                "sections",
                string.Join(", ", weights.Sections.Select(section => Text($"{Name(section.Name)} ({section.Tensors} tensors)"))));
        if (weights.Sections.Count > 1 || weights.Section.Length > 0) row("section", Name(weights.Section));
        row("tensors", Text($"{weights.Tensors}, {weights.Parameters:N0} parameters"));
        row("types", string.Join(", ", weights.Types.Select(type => $"{type.Key} ({type.Value})")));
        if (weights.Unreadable.Count > 0)
            row("not read", string.Join(", ", weights.Unreadable.Select(tensor => $"{tensor.Key} {tensor.Value}")));
        row("sha-256", weights.Digest);
        row("names", string.Join(", ", weights.FirstNames) + (weights.Tensors > weights.FirstNames.Count ? ", …" : ""));
        row("presets", weights.Presets.Count > 0 ? string.Join(", ", weights.Presets) : "none fits");
    }

    private static string Name(string section) => section.Length == 0 ? "outermost" : section;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
