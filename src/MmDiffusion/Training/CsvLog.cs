using System.Globalization;
using MmDiffusion.Media;

namespace MmDiffusion.Training;

/// <summary>A table that grows by rows, of which the first column is the step.</summary>
internal sealed class CsvLog
{
    private readonly string _path;

    /// <param name="path">The file; rows of steps after <paramref name="lastStep"/> are dropped, since they will be made again.</param>
    /// <param name="columns">Names behind "step".</param>
    /// <param name="lastStep">The step that the run goes on from.</param>
    internal CsvLog(string path, IEnumerable<string> columns, long lastStep)
    {
        _path = path;
        var header = string.Join(',', columns.Prepend("step"));
        var kept = File.Exists(path) ? File.ReadLines(path).Skip(1).Where(row => StepOf(row) is { } step && step <= lastStep) : [];
        AtomicFile.WriteText(path, string.Concat(kept.Prepend(header).Select(row => row + "\n")));
    }

    internal void Add(long step, IEnumerable<double?> values)
    {
        var row = values.Select(value => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "").Prepend(step.ToString(CultureInfo.InvariantCulture));
        try
        {
            File.AppendAllText(_path, string.Join(',', row) + "\n");
        }
        catch (IOException exception)
        {
            throw new MmDiffusionException($"cannot write '{_path}': {exception.Message}", exception);
        }
    }

    // A row that was cut short by a crash has no step, or too large a one.
    private static long? StepOf(string row) => long.TryParse(row.Split(',')[0], CultureInfo.InvariantCulture, out var step) ? step : null;
}
