using System.Globalization;
using MmDiffusion.Generation;
using Spectre.Console;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary>Shows to people how far outputs are from what was recorded.</summary>
internal static class ReferenceErrorTable
{
    internal static void Write(IAnsiConsole console, IReadOnlyList<ReferenceError> errors)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("output", "shape", "error", "tolerance", "");
        foreach (var error in errors)
        {
            table.AddRow(
                new Text(error.Tensor),
                new Text($"[{string.Join(", ", error.Shape)}]"),
                new Text(Number(error.Error)),
                new Text(Number(error.Tolerance)),
                error.Agrees ? new Text("agrees", new Style(Color.Green)) : new Text("differs", new Style(Color.Red)));
        }
        console.Write(table);
    }

    private static string Number(double value) => value.ToString("0.0e+00", CultureInfo.InvariantCulture);
}
