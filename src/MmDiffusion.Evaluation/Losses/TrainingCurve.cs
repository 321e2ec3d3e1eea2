using System.Globalization;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Training;

namespace MmDiffusion.Evaluation.Losses;

/// <summary>The course of a training run, from the tables that it keeps.</summary>
/// <param name="Name">The run's, for legends.</param>
/// <param name="Training">Loss of the batches by step.</param>
/// <param name="Seen">Loss of the averaged weights on clips seen, at each review.</param>
/// <param name="HeldOut">The same on clips held out; empty where the run had none.</param>
public sealed record TrainingCurve(
    string Name,
    IReadOnlyList<CurvePoint> Training,
    IReadOnlyList<CurvePoint> Seen,
    IReadOnlyList<CurvePoint> HeldOut)
{
    /// <summary>Reads <c>losses.csv</c> and, where it is there, <c>held-out.csv</c>.</summary>
    /// <param name="folder">The output folder of <c>train</c> or <c>train-upscaler</c>.</param>
    /// <exception cref="MmDiffusionException">The folder is not that of a run, or its tables cannot be read.</exception>
    public static TrainingCurve Read(string folder)
    {
        var run = new TrainingFolder(folder);
        if (!File.Exists(run.Losses))
            throw new MmDiffusionException($"there is no '{run.Losses}'; expected the output folder of a training run");
        var training = Column(run.Losses, "loss");
        if (training.Count == 0)
            throw new MmDiffusionException($"'{run.Losses}' has no rows yet that hold a finite loss; the first comes after ten steps");
        var reviewed = File.Exists(run.HeldOut);
        return new TrainingCurve(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            training, reviewed ? Column(run.HeldOut, "seen") : [], reviewed ? Column(run.HeldOut, "unseen") : []);
    }

    /// <summary>Means over runs of neighbouring points: single batches scatter more than a run changes.</summary>
    /// <param name="points">In the order of their steps.</param>
    /// <param name="count">Points to keep at the most.</param>
    internal static IReadOnlyList<CurvePoint> Smooth(IReadOnlyList<CurvePoint> points, int count)
    {
        var size = (points.Count + count - 1) / count;
        return [.. points.Chunk(Math.Max(1, size)).Select(chunk =>
            new CurvePoint((long)chunk.Average(point => point.Step), chunk.Average(point => point.Loss)))];
    }

    /// <summary>
    /// Rows without a finite loss are passed over: a run without held-out clips, a row that a crash cut short, or weights that diverged.
    /// </summary>
    private static List<CurvePoint> Column(string path, string name)
    {
        var lines = ReadLines(path);
        var column = lines.Length == 0 ? -1 : Array.IndexOf(lines[0].Split(','), name);
        if (column < 0) throw new MmDiffusionException($"'{path}' has no column '{name}'; expected a table that a training run wrote");
        var points = new List<CurvePoint>();
        foreach (var fields in lines.Skip(1).Select(line => line.Split(',')))
            if (long.TryParse(fields[0], CultureInfo.InvariantCulture, out var step)
                && column < fields.Length
                && double.TryParse(fields[column], CultureInfo.InvariantCulture, out var loss)
                && double.IsFinite(loss))
                points.Add(new CurvePoint(step, loss));
        return points;
    }

    private static string[] ReadLines(string path)
    {
        InputFile.Require(path, "table");
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message}", exception);
        }
    }
}

/// <summary>A loss at a step of a training run.</summary>
/// <param name="Step">Steps made.</param>
/// <param name="Loss">The training loss.</param>
public readonly record struct CurvePoint(long Step, double Loss);
