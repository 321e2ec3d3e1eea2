using System.Diagnostics;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>Times a whole clip, from the models' files to its own, stage by stage.</summary>
public static class ClipBenchmark
{
    /// <summary>Makes one clip and throws it away.</summary>
    /// <param name="model">Folder or name of the joint model; null for the embedded one.</param>
    /// <param name="upscaler">
    /// Folder or name of the upscaler, <see cref="GenerationModels.NoUpscaler"/>, or null for the model's own if it has one.
    /// </param>
    /// <param name="options">How; <see cref="GenerationOptions.Count"/> is taken as 1.</param>
    /// <param name="models">Device and precision.</param>
    /// <param name="observer">Told of every network call.</param>
    /// <param name="cancellation">Looked at before every network call.</param>
    /// <returns>The stages in their order.</returns>
    /// <exception cref="MmDiffusionException">A model is not there, or a setting is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<ClipStage> Run(
        string? model,
        string? upscaler,
        GenerationOptions options,
        ModelOptions models,
        Action<GenerationProgress>? observer = null,
        CancellationToken cancellation = default)
    {
        var folder = TemporaryFiles.NewFolder();
        TorchRuntime.EnsureLoaded();
        var type = PrecisionChoice.For(models.Precision, models.Device).Type;
        PrecisionChoice.FitMemory(type);
        var matmul = MatmulRate.Measure(models.Device, type);
        PeakMemory.Reset();
        try
        {
            var began = Stopwatch.GetTimestamp();
            var (stages, counts) = (new List<ClipStage>(), new Dictionary<string, Func<long>>(StringComparer.Ordinal));
            var peaks = new Dictionary<GenerationStage, long>();
            using (var loaded = GenerationModels.Load(model, upscaler, models))
            {
                stages.Add(new("loading", Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 0, matmul, PeakMemory.Read()));
                var frames = loaded.Joint.Directory.Description.Coupled!.Frames;
                new ClipGenerator(loaded.Joint, loaded.Upscaler).Generate(
                    options with { Count = 1 },
                    clip => Add(clip, frames),
                    Observe,
                    cancellation);
            }
            // To count takes a network of its own, whose memory is not the clip's.
            return [.. stages.Select(stage => counts.TryGetValue(stage.Name, out var count) ? stage with { Operations = count() } : stage)];

            void Observe(GenerationProgress progress)
            {
                peaks[progress.Stage] = PeakMemory.Read();
                observer?.Invoke(progress);
            }

            void Add(GeneratedClip clip, int frames)
            {
                Stage(GenerationStage.Sampling, clip.Manifest.Times.Sampling, clip.Manifest.Model!, 1);
                if (clip.Manifest.Upscaler is { } record) Stage(GenerationStage.Upscaling, clip.Manifest.Times.Upscaling, record, frames);
                var writing = Stopwatch.GetTimestamp();
                ClipFiles.Write(clip, folder, "clip", default, cancellation);
                stages.Add(new ClipStage("writing", Stopwatch.GetElapsedTime(writing).TotalSeconds, 0, 0, matmul, PeakMemory.Read()));
            }

            void Stage(GenerationStage stage, double seconds, ClipManifest.ModelRecord record, int places)
            {
                var name = stage.ToString().ToLowerInvariant();
                counts[name] = () => places * NetworkOperations.OfRun(record.Configuration, record.Steps, record.Reuse ?? 1);
                stages.Add(new ClipStage(name, seconds, record.Steps * places, 0, matmul, peaks[stage]));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>What one stage of a clip took.</summary>
/// <param name="Name">loading, sampling, upscaling or writing.</param>
/// <param name="Seconds">Of this clip.</param>
/// <param name="NetworkCalls">For the clip, or for all its frames; 0 where no network runs.</param>
/// <param name="Operations">Floating-point operations of all calls by the layers' sizes.</param>
/// <param name="MatmulRate">
/// Operations per second of a large matrix product on the same device in the same format, timed beforehand.
/// </param>
/// <param name="PeakMemoryBytes">The process's largest resident size up to the end of the stage.</param>
public sealed record ClipStage(string Name, double Seconds, int NetworkCalls, long Operations, double MatmulRate, long PeakMemoryBytes);
