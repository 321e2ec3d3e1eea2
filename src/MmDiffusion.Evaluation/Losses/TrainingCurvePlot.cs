using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using ScottPlot;
using PlotStyle = MmDiffusion.Evaluation.Reporting.PlotStyle;

namespace MmDiffusion.Evaluation.Losses;

/// <summary>Losses of one or several training runs over their steps, as a picture.</summary>
public static class TrainingCurvePlot
{
    /// <summary>The picture's name in the folder it is written to.</summary>
    public const string FileName = "curve.png";

    private const int Width = 900;
    private const int Height = 480;
    private const int Points = 40;
    private static readonly ScottPlot.Palettes.ColorblindFriendly Palette = new();

    /// <summary>Draws the runs: the batches' loss as a thin line, loss on clips seen as circles, on clips held out as triangles.</summary>
    /// <param name="curves">At least one.</param>
    /// <param name="folder">Where <see cref="FileName"/> goes; made where it does not exist.</param>
    /// <returns>The picture's path.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public static string Write(IReadOnlyList<TrainingCurve> curves, string folder)
    {
        using var plot = PlotStyle.Start("step", "loss");
        for (var i = 0; i < curves.Count; i++)
        {
            var (curve, colour) = (curves[i], i == 0 ? PlotStyle.GeneratedColour : Palette.GetColor(i));
            var prefix = curves.Count == 1 ? "" : $"{curve.Name}: ";
            Add(plot, TrainingCurve.Smooth(curve.Training, Points), $"{prefix}batches", colour.WithAlpha(0.45), MarkerShape.None);
            Add(plot, curve.Seen, $"{prefix}averaged weights, clips seen", colour, MarkerShape.OpenCircle);
            Add(plot, curve.HeldOut, $"{prefix}averaged weights, clips held out", colour, MarkerShape.FilledTriangleUp);
        }
        PlotStyle.AddLegend(plot, ScottPlot.Alignment.UpperRight);
        var path = Path.Combine(folder, FileName);
        AtomicFile.Write(path, temporary => plot.SavePng(temporary, Width, Height));
        return path;
    }

    private static void Add(Plot plot, IReadOnlyList<CurvePoint> points, string name, Color colour, MarkerShape marker)
    {
        if (points.Count == 0) return;
        var line = plot.Add.Scatter(
            points.Select(point => (double)point.Step).ToArray(),
            points.Select(point => point.Loss).ToArray(),
            colour);
        (line.LegendText, line.MarkerShape, line.MarkerSize, line.LineWidth) = (name, marker, 8, marker == MarkerShape.None ? 1.5f : 2);
    }
}
