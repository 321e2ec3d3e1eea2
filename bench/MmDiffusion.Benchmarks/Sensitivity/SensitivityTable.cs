using System.Globalization;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Benchmarks.Sensitivity;

/// <summary>What each figure of an evaluation says of one half of drawn scenes against the other, as it is and made worse.</summary>
internal static class SensitivityTable
{
    private const ulong Seed = 5;

    /// <summary>Prints the table as markdown.</summary>
    /// <param name="count">Scenes in all.</param>
    internal static int Run(int count)
    {
        TorchRuntime.EnsureLoaded();
        var protocol = EvaluationProtocol.Read("embedded");
        using var extractors = new Extractors(protocol);
        using var source = new SyntheticClipSource(count, Seed, new ClipShape { Height = 32, Width = 32 });
        Clip[] clips = [.. Enumerable.Range(0, count).Select(i => SyntheticScenes.Create(source.SeedOf(i), source.Shape).Clip)];
        var (half, others) = (clips[..(count / 2)], clips[(count / 2)..]);
        var real = extractors.Measure("real", half, null);
        var undamaged = extractors.Measure("generated", others, null);
        Console.WriteLine(
            "| the other half | FVD, infinitely many | KVD | FAD, infinitely many | alignment | events together | motion together | "
            + "diversity of pictures | of sounds |\n|---|---|---|---|---|---|---|---|---|");
        Print("as it is", Compare(undamaged));
        foreach (var damage in Damage.All)
        {
            foreach (var strength in damage.Strengths)
            {
                Clip[] damaged = [.. others.AsParallel().AsOrdered().Select((_, i) => damage.Apply(others, i, strength))];
                Print(
                    string.Create(CultureInfo.InvariantCulture, $"{damage.Name} {strength}"),
                    Compare(extractors.Measure("generated", damaged, (others, undamaged))));
            }
        }
        return 0;

        ClipMeasures Compare(ClipSet generated) => new ClipMeasurer(protocol, null, CancellationToken.None).Measure(real, generated, null);
    }

    private static void Print(string name, ClipMeasures measures) => Console.WriteLine(
        $"| {name} | {Text(measures.Fvd.AtInfinity, measures.Fvd.AtInfinityInterval)} | {Text(measures.Kvd.Value, measures.Kvd.Interval)} "
        + $"| {Text(measures.Fad.AtInfinity, measures.Fad.AtInfinityInterval)} "
        + $"| {Text(measures.Alignment.Generated.Score)} | {Text(measures.EventMatch.Generated.Score)} | "
        + $"{Text(measures.FlowMatch.Generated.Score)} | {Text(measures.VideoDiversity.Generated.Score)} | "
        + $"{Text(measures.AudioDiversity.Generated.Score)} |");

    private static string Text(double score) => score.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Text(double value, Evaluation.Interval interval) =>
        string.Create(CultureInfo.InvariantCulture, $"{value:0.000} ({interval.Lower:0.000} to {interval.Upper:0.000})");
}
