using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Benchmarks.Study;

/// <summary>How long raters wait for the server of a study when many answer at once.</summary>
internal static class StudyLatency
{
    private const int Raters = 300;
    private const double Expected = 250;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Prints the times.</summary>
    /// <param name="address">Of an empty database; null for a file of its own.</param>
    /// <returns>0 where the 99th percentile is within what is expected; else 1.</returns>
    internal static async Task<int> RunAsync(string? address)
    {
        var folder = Directory.CreateTempSubdirectory("mmdiff-bench-").FullName;
        try
        {
            address ??= $"sqlite:{Path.Combine(folder, "studies.db")}";
            using var database = StudyDatabase.Open(address);
            var study = await TestStudy.InsertAsync(
                database,
                new StudyPlan { RatersPerClip = Raters / 3, ClipsPerRater = 4, AttentionChecks = 1, Duplicates = 1 },
                clips: 6,
                seconds: 0.1);
            await using var server = await ServerProcess.StartAsync(address);
            // What the first requests compile is not measured.
            using (var first = new Crowd(server.Address, database, study)) await first.AnswerAsync(1);
            using var crowd = new Crowd(server.Address, database, study);
            var watch = Stopwatch.StartNew();
            await crowd.AnswerAsync(Raters - 1, Pause);
            var requests = crowd.Record.Times.ToArray();
            Console.WriteLine(Line(
                $"{requests.Length} requests in {watch.Elapsed.TotalSeconds:0} s", "number", "median ms", "99th percentile", "longest"));
            foreach (var kind in requests.GroupBy(request => request.Kind).OrderBy(group => group.Key, StringComparer.Ordinal))
                Write(kind.Key, [.. kind.Select(request => request.Milliseconds).Order()]);
            double[] all = [.. requests.Select(request => request.Milliseconds).Order()];
            Write("all", all);
            var slow = Percentile(all);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"99th percentile {slow:0} ms, expected at most {Expected:0} ms"));
            return slow <= Expected ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Percentile(double[] sorted) => sorted[(int)(0.99 * sorted.Length)];

    private static void Write(string name, double[] sorted) =>
        Console.WriteLine(Line(name, $"{sorted.Length}", Text(sorted[sorted.Length / 2]), Text(Percentile(sorted)), Text(sorted[^1])));

    private static string Line(string name, params string[] columns) =>
        $"{name,-26}{string.Concat(columns.Select(column => $"{column,17}"))}";

    private static string Text(double milliseconds) => milliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
