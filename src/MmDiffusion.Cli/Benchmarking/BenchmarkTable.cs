using System.Globalization;
using Spectre.Console;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>Shows measurements to people.</summary>
internal static class BenchmarkTable
{
    private const double Giga = 1e9;

    internal static void Write(IAnsiConsole console, IReadOnlyList<BenchmarkRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("network", "work", "precision");
        foreach (var column in (string[])["batch", "calls", "seconds", "GFLOP", "GFLOP/s", "matmul GFLOP/s", "utilisation", "peak memory"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var row in rows)
        {
            string[] cells = row.Calls == 0
                ? ["", "", Number(row.Seconds, "0.00"), "", "", "", ""]
                : [$"{row.Batch}", $"{row.Calls}", Number(row.Seconds, "0.00"), Number(row.Gflop, "0.0"), Number(row.Gflops, "0"), Number(row.MatmulGflops, "0"), Number(row.Utilisation, "0.00")];
            table.AddRow([new Text($"{row.Preset} {row.Network}"), new Text(row.Work), new Text(row.Precision), .. cells.Select(cell => new Text(cell)), new Text($"{Number(row.PeakMemoryBytes / Giga, "0.00")} GB")]);
        }
        console.Write(table);
        foreach (var row in rows)
        {
            if (row.UpdateShare is { } update) Tell(row, $"the optimiser and the moving average take {Number(update * 100, "0.0")}% of a training step");
            if (row.CrossAttentionShare is { } cross) Tell(row, $"cross-modal attention takes {Number(cross * 100, "0.0")}% of a forward pass");
        }

        void Tell(BenchmarkRow row, string what) => console.Write(new Text($"{row.Preset} {row.Network}, {row.Precision}: {what}\n"));
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
