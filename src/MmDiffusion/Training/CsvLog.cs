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
        if (!InputFile.IsAbsent(path)) InputFile.Require(path, "table");
        var kept = File.Exists(path) ? File.ReadLines(path).Skip(1).Where(row => StepOf(row) is { } step && step <= lastStep) : [];
        AtomicFile.WriteText(path, string.Concat(kept.Prepend(header).Select(row => row + "\n")));
    }

    /// <summary>The rows of a table by step, each by column; none where there is no such file. Of two rows of a step the last counts.</summary>
    internal static IReadOnlyDictionary<long, IReadOnlyDictionary<string, double?>> Read(string path)
    {
        var rows = new Dictionary<long, IReadOnlyDictionary<string, double?>>();
        if (!File.Exists(path)) return rows;
        var lines = File.ReadLines(path).Select(line => line.Split(',')).ToList();
        foreach (var cells in lines.Skip(1))
        {
            if (cells.Length != lines[0].Length || StepOf(cells[0]) is not { } step) continue;
            rows[step] = lines[0].Zip(cells).Skip(1).GroupBy(cell => cell.First).ToDictionary(cell => cell.Key, cell => Number(cell.First().Second));
        }
        return rows;

        static double? Number(string cell) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    internal void Add(long step, IEnumerable<double?> values)
    {
        var row = values.Select(value => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "").Prepend(step.ToString(CultureInfo.InvariantCulture));
        try
        {
            File.AppendAllText(_path, string.Join(',', row) + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot write '{_path}': {exception.Message}", exception);
        }
    }

    // A row that was cut short by a crash has no step, or too large a one.
    private static long? StepOf(string row) => long.TryParse(row.Split(',')[0], CultureInfo.InvariantCulture, out var step) ? step : null;
}
