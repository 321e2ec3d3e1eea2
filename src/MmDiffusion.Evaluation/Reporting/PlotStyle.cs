using System.Text;
using System.Text.RegularExpressions;
using ScottPlot;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>What all plots of a report have in common.</summary>
internal static partial class PlotStyle
{
    internal static Color RealColour { get; } = Color.FromHex("#0f6266");

    internal static Color GeneratedColour { get; } = Color.FromHex("#b4501e");

    private static readonly Color Ink = Color.FromHex("#3a4046");

    private const int Width = 560;
    private const int Height = 330;

    /// <summary>An empty plot with names on its axes.</summary>
    internal static Plot Start(string bottom, string left)
    {
        var plot = new Plot();
        plot.Font.Set("DejaVu Sans");
        plot.Axes.FrameColor(Ink);
        plot.Axes.Color(Ink);
        plot.Axes.Right.IsVisible = false;
        plot.Axes.Top.IsVisible = false;
        plot.Grid.MajorLineColor = Ink.WithAlpha(0.12);
        plot.XLabel(bottom, 13);
        plot.YLabel(left, 13);
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        return plot;
    }

    /// <summary>A legend that covers nothing that is drawn in the middle.</summary>
    internal static void AddLegend(this Plot plot, ScottPlot.Alignment place)
    {
        plot.ShowLegend(place);
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.BackgroundColor = Colors.White.WithAlpha(0.8);
    }

    /// <summary>The plot as an image whose names cannot meet those of other plots on the page.</summary>
    internal static Html Image(this Plot plot, string description, int height = Height) =>
        Html.Of($"""<img alt="{description}" width="{Width}" height="{height}" src="data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(WithFonts(plot.GetSvgXml(Width, height))))}">""");

    /// <summary>Where the font of this machine is missing, the page is read with one like it.</summary>
    private static string WithFonts(string svg) => FontFamily().Replace(svg, "font-family=\"$1, DejaVu Sans, Verdana, sans-serif\"");

    [GeneratedRegex("font-family=\"([^\"]*)\"")]
    private static partial Regex FontFamily();
}
