using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Distributed;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks;

/// <summary>
/// How much of the time that gradients travel passes while the backward pass computes: <c>mpirun -n 2 dotnet … overlap CONFIG [ROUNDS
/// [PARTS [WIRE]]]</c>. In turn, the same ranks make a step without exchanging anything, exchange the gradient without computing anything,
/// and do both.
/// </summary>
internal static class RankOverlap
{
    private const double Expected = 0.5;

    internal static int Run(string path, string? rounds, string? parts, string? wires)
    {
        TorchRuntime.PreferLessMemory();
        var ranks = new SilentRanks(Ranks.Join(CancellationToken.None));
        if (ranks.Size == 1) throw new MmDiffusionException("a single rank exchanges nothing; start several with mpirun");
        var read = TrainingConfiguration.Read(path);
        var configuration = read with { BatchSize = ranks.Size * read.MicroBatch * Number(parts, 1), BatchSections = 1 };
        using var task = TrainingTask.Create(configuration);
        using (var random = new SeededRandom(0)) task.Initialize(random);
        using var source = new SyntheticClipSource(1000, 0, task.Shape);
        var enough = true;
        foreach (var wire in wires is null ? Enum.GetValues<WireFormat>() : [Enum.Parse<WireFormat>(wires, ignoreCase: true)])
        {
            using var trainer = new Trainer(task, configuration, seed: 0, ranks: ranks, exchange: new ExchangeOptions { Wire = wire });
            using var loader = new ClipLoader(source, new ClipOrder(source.Count, 0), 0, configuration.MicroBatch, share: trainer.Share);
            using var gradient = zeros(trainer.Values.Sum(value => value.numel()));
            Step(silent: true); // The first one makes what the others use again.
            var (computing, travelling, both) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Number(rounds, 3); round++)
            {
                computing.Add(Step(silent: true));
                travelling.Add(Together(() => Exchange(gradient, wire)));
                both.Add(Step(silent: false));
            }
            var (alone, exchange, overlapped) = (Median(computing), Median(travelling), Median(both));
            var hidden = 1 - (overlapped - alone) / exchange;
            enough &= hidden >= Expected;
            if (ranks.Rank != 0) continue;
            var megabytes = gradient.numel() * (wire == WireFormat.Float32 ? 4 : 2) / 1e6;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{ranks.Size} ranks, {megabytes:0.0} MB as {wire}: step without exchange {alone:0.000} s, "
                + $"exchange alone {exchange:0.000} s, step {overlapped:0.000} s; {hidden:0.00} of the exchange hidden"));

            double Step(bool silent)
            {
                ranks.Silent = silent;
                return Together(() => trainer.MakeStep(loader.Next));
            }
        }
        ranks.Dispose();
        return enough ? 0 : 1;

        void Exchange(Tensor gradient, WireFormat wire)
        {
            ranks.Silent = false;
            ranks.AllReduce(gradient, wire);
        }

        double Together(Action work)
        {
            ranks.Any(false);
            var watch = Stopwatch.StartNew();
            work();
            ranks.Any(false);
            return watch.Elapsed.TotalSeconds;
        }
    }

    private static int Number(string? text, int otherwise) => text is null ? otherwise : int.Parse(text, CultureInfo.InvariantCulture);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
