using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Collectives;
using MmDiffusion.Distributed;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks;

/// <summary>How long ranks take to sum a gradient: <c>mpirun -n 2 dotnet … ranks [MILLIONS]</c>.</summary>
internal static class RankSpeed
{
    private const double FullSize = 133.7;
    private const int Rounds = 5;

    internal static int Run(string? millions)
    {
        var values = (long)(1e6 * (millions is null ? FullSize : double.Parse(millions, CultureInfo.InvariantCulture)));
        var ranks = Ranks.Join(CancellationToken.None);
        using var gradient = ones(values);
        foreach (var wire in Enum.GetValues<WireFormat>())
        {
            var best = double.PositiveInfinity;
            for (var round = 0; round < Rounds; round++)
            {
                ranks.Any(false); // Together.
                var watch = Stopwatch.StartNew();
                ranks.AllReduce(gradient, wire);
                best = Math.Min(best, watch.Elapsed.TotalSeconds);
            }
            var megabytes = values * (wire == WireFormat.Float32 ? 4 : 2) / 1e6;
            if (ranks.Rank == 0)
                Console.WriteLine(FormattableString.Invariant(
                    $"{ranks.Size} ranks, {values / 1e6:0.0} M values as {wire}, {megabytes:0} MB: {best:0.000} s, {megabytes
                        / 1e3
                        / best:0.00} GB/s of gradient"));
        }
        ranks.Dispose();
        return 0;
    }
}
