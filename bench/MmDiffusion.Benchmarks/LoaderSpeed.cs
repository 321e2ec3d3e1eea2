using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Data;
using MmDiffusion.Data.Packing;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks;

/// <summary>
/// Whether reading clips keeps up with training: clips per second of each kind of source against what training the embedded model consumes.
/// </summary>
internal static class LoaderSpeed
{
    private const double Expected = 5;
    private const int Steps = 5;
    private const string Configuration = "configs/embedded.json";

    private static readonly TimeSpan Most = TimeSpan.FromSeconds(20);

    /// <summary>Prints the rates.</summary>
    /// <param name="videos">A folder of videos; null for some that are made.</param>
    /// <returns>0 where packed clips and videos come at least five times as fast as they are consumed; else 1.</returns>
    internal static int Run(string? videos)
    {
        TorchRuntime.EnsureLoaded();
        var configuration = TrainingConfiguration.Read(Find(Configuration));
        var shape = configuration.Model.TrainingShape();
        using var folder = new BenchmarkVideos(videos is null ? 12 : 0);
        videos ??= folder.Videos;
        new ClipPacker(videos, folder.Packed, new ClipFormat(shape.Height, shape.Width, shape.FrameRate, shape.SampleRate)).Pack();
        var consumed = Consumption(configuration, folder.Packed);
        Print($"training {Configuration}: {consumed:0.0} clips/s");
        var enough = true;
        foreach (var (name, place) in new[] { ("packed", folder.Packed), ("videos", videos), ("scenes", "synth:100000") })
        {
            var rate = Supply(place, shape, configuration);
            Print($"{name}: {rate:0} clips/s, {rate / consumed:0.0} times as many, expected at least {Expected}");
            enough &= rate >= Expected * consumed;
        }
        return enough ? 0 : 1;
    }

    /// <summary>Clips per second that training takes, reading included.</summary>
    private static double Consumption(TrainingConfiguration configuration, string packed)
    {
        using var source = ClipSources.Open(packed, configuration.Model.TrainingShape());
        using var loader = Loader(source, configuration);
        using var task = TrainingTask.Create(configuration);
        using (var random = new SeededRandom(0)) task.Initialize(random);
        using var trainer = new Trainer(task, configuration, seed: 0);
        trainer.MakeStep(loader.Next); // The first one makes what the others use again.
        var watch = Stopwatch.StartNew();
        for (var step = 0; step < Steps; step++) trainer.MakeStep(loader.Next);
        return Steps * configuration.BatchSize / watch.Elapsed.TotalSeconds;
    }

    /// <summary>
    /// Clips per second as training reads them, from opening the source to the end of an epoch, or of the time: videos' first decoding
    /// included.
    /// </summary>
    private static double Supply(string place, ClipShape shape, TrainingConfiguration configuration)
    {
        var watch = Stopwatch.StartNew();
        using var source = ClipSources.Open(place, shape);
        using var loader = Loader(source, configuration);
        var batches = 0;
        for (; watch.Elapsed < Most && batches * configuration.MicroBatch < source.Count; batches++)
        {
            using var scope = NewDisposeScope();
            loader.Next();
        }
        return batches * configuration.MicroBatch / watch.Elapsed.TotalSeconds;
    }

    private static ClipLoader Loader(IClipSource source, TrainingConfiguration configuration) =>
        new(
            source, new ClipOrder(source.Count, seed: 0, configuration.FlipProbability), 0, configuration.MicroBatch,
            new TrainingRunOptions().ReadingThreads);

    /// <summary>A file of the repository that this program was built in.</summary>
    private static string Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, path) is var found && File.Exists(found)) return found;
        throw new MmDiffusionException($"'{path}' is not above '{AppContext.BaseDirectory}'; build the benchmarks in the repository");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
