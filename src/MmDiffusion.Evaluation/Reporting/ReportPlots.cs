using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MmDiffusion.Evaluation.Distances;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Evaluation.Measures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>The plots of one report.</summary>
internal static class ReportPlots
{
    private const int Bins = 20;

    /// <summary>How a distance falls with the number of clips, on an axis of 1/N where the limit is at the left edge.</summary>
    internal static Html BySize(string name, DistanceEstimate distance)
    {
        var plot = PlotStyle.Start("number of clips, on a scale of 1/N", name);
        var points = distance.BySize;
        double[] places = [.. points.Select(point => 1.0 / point.Clips)];
        var line = plot.Add.Scatter(places, points.Select(point => point.Value).ToArray(), PlotStyle.GeneratedColour);
        (line.LineWidth, line.MarkerSize) = (1.5f, 7);
        AddInterval(plot, places[^1], distance.Interval, PlotStyle.GeneratedColour);
        AddInterval(plot, 0, distance.AtInfinityInterval, PlotStyle.RealColour);
        var limit = plot.Add.Marker(0, distance.AtInfinity, MarkerShape.FilledDiamond, 10, PlotStyle.RealColour);
        limit.LegendText = "infinitely many, estimated";
        line.LegendText = "parts of the clips, and all";
        var beyond = plot.Add.Line(0, distance.AtInfinity, places[^1], distance.Value);
        (beyond.LineColor, beyond.LinePattern) = (PlotStyle.RealColour.WithAlpha(0.6), LinePattern.Dotted);
        plot.Add.HorizontalLine(0, 1, Colors.Gray.WithAlpha(0.6));
        plot.Axes.Bottom.TickGenerator = new NumericManual([0, .. places], ["∞", .. points.Select(point => $"{point.Clips}")]);
        plot.Axes.SetLimitsX(-0.06 * places[0], 1.06 * places[0]);
        plot.AddLegend(ScottPlot.Alignment.LowerRight);
        return plot.Image(
            $"{name} by number of clips: {ReportNumber.Of(distance.Value)} with {points[^1].Clips}, "
            + $"{ReportNumber.Of(distance.AtInfinity)} with infinitely many");
    }

    /// <summary>Features in a plane.</summary>
    internal static Html Features(string name, Projection projection)
    {
        var plot = PlotStyle.Start($"first direction of the {name} features", "second direction");
        Scatter(plot, "real", projection.Real, PlotStyle.RealColour, MarkerShape.FilledCircle);
        Scatter(plot, "generated", projection.Generated, PlotStyle.GeneratedColour, MarkerShape.FilledTriangleUp);
        plot.AddLegend(ScottPlot.Alignment.UpperRight);
        return plot.Image($"{name} features of real and generated clips, in the plane in which the real ones vary most");
    }

    /// <summary>How many clips are how well aligned.</summary>
    internal static Html AlignmentHistogram(RealAndGenerated<IReadOnlyList<double>> scores)
    {
        var plot = PlotStyle.Start("share of other sounds that fit worse than the clip's own", "share of clips");
        Histogram(plot, "real", scores.Real, PlotStyle.RealColour, 0.25);
        Histogram(plot, "generated", scores.Generated, PlotStyle.GeneratedColour, 0.65);
        plot.Axes.SetLimitsX(-0.01, 1.01);
        plot.Axes.Margins(bottom: 0);
        plot.AddLegend(ScottPlot.Alignment.UpperLeft);
        return plot.Image("histogram of the alignment of real and generated clips");
    }

    /// <summary>The loss of the model, where it is known.</summary>
    internal static Html Losses(LossReport loss)
    {
        var plot = PlotStyle.Start("timesteps, from little noise to much", "loss");
        double[] places = [.. Enumerable.Range(0, loss.Seen.Count).Select(range => (double)range)];
        Bars(plot, "clips seen", [.. places.Zip(loss.Seen, (place, value) => (place - 0.2, value))], PlotStyle.RealColour, 0.36);
        Bars(plot, "held out", [.. places.Zip(loss.HeldOut, (place, value) => (place + 0.2, value))], PlotStyle.GeneratedColour, 0.36);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            places,
            [.. places.Select(place =>
                string.Create(CultureInfo.InvariantCulture, $"{place / places.Length:0.##} – {(place + 1) / places.Length:0.##}"))]);
        plot.Axes.Margins(bottom: 0);
        plot.AddLegend(ScottPlot.Alignment.UpperRight);
        return plot.Image($"loss by range of timesteps, on clips seen {Words(loss.Seen)}, held out {Words(loss.HeldOut)}");
    }

    private static void AddInterval(Plot plot, double place, Interval interval, Color colour)
    {
        var line = plot.Add.Line(place, interval.Lower, place, interval.Upper);
        (line.LineColor, line.LineWidth) = (colour.WithAlpha(0.35), 7);
    }

    private static void Scatter(Plot plot, string name, IReadOnlyList<Point> points, Color colour, MarkerShape shape)
    {
        var markers = plot.Add.ScatterPoints(
            points.Select(point => point.X).ToArray(),
            points.Select(point => point.Y).ToArray(),
            colour.WithAlpha(0.55));
        (markers.MarkerShape, markers.MarkerSize, markers.LegendText) = (shape, 6, name);
    }

    /// <summary>Which share of clips has which values.</summary>
    private static void Histogram(Plot plot, string name, IReadOnlyList<double> values, Color colour, double place)
    {
        var shares = Enumerable.Range(0, Bins).Select(bin =>
            (double)values.Count(value => Math.Min(Bins - 1, (int)(value * Bins)) == bin) / values.Count);
        Bars(plot, name, [.. shares.Select((share, bin) => ((bin + place + 0.05) / Bins, share))], colour, 0.4 / Bins);
    }

    private static void Bars(Plot plot, string name, IReadOnlyList<(double Place, double Value)> values, Color colour, double width)
    {
        var bars = plot.Add.Bars(values.Select(value => value.Place), values.Select(value => value.Value));
        foreach (var bar in bars.Bars) (bar.Size, bar.LineWidth, bar.FillColor) = (width, 0, colour);
        bars.LegendText = name;
    }

    private static string Words(IEnumerable<double> values) => string.Join(", ", values.Select(ReportNumber.Of));
}

/// <summary>What all plots of a report have in common.</summary>
internal static partial class PlotStyle
{
    internal static Color RealColour { get; } = Color.FromHex("#0f6266");

    internal static Color GeneratedColour { get; } = Color.FromHex("#b4501e");

    private static readonly Color Ink = Color.FromHex("#3a4046");

    private const int Width = 560;
    private const int Height = 330;
    private const int Space = 14;

    /// <summary>An empty plot with names on its axes.</summary>
    internal static Plot Start(string bottom, string left)
    {
        var plot = new Plot();
        plot.Font.Set("DejaVu Sans");
        plot.Axes.FrameColor(Ink);
        plot.Axes.Color(Ink);
        // Nothing is drawn there, but the last labels of the other sides reach into the space.
        foreach (var axis in new IAxis[] { plot.Axes.Top, plot.Axes.Right })
            (axis.FrameLineStyle.Width, axis.MinimumSize, axis.MaximumSize) = (0, Space, Space);
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
        Html.Of(
            $"""<img alt="{description}" width="{Width}" height="{height}" src="data:image/svg+xml;base64,{Convert.ToBase64String(
                Encoding.UTF8.GetBytes(WithFonts(plot.GetSvgXml(Width, height))))}">""");

    /// <summary>Where the font of this machine is missing, the page is read with one like it.</summary>
    private static string WithFonts(string svg) => FontFamily().Replace(svg, "font-family=\"$1, DejaVu Sans, Verdana, sans-serif\"");

    [GeneratedRegex("font-family=\"([^\"]*)\"")]
    private static partial Regex FontFamily();
}
