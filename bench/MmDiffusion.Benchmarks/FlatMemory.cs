using System.Globalization;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Benchmarks;

/// <summary>Whether a process that makes clip after clip keeps its size: 200 sampler steps and 50 clips with the embedded model.</summary>
internal static class FlatMemory
{
    private const int Clips = 50;
    private const int StepsPerClip = 4;
    private const double Tolerance = 1.05;

    /// <summary>Prints the resident size along the way.</summary>
    /// <returns>0 where the process ends within 5% of its size after the first clip; else 1.</returns>
    internal static int Run()
    {
        TorchRuntime.EnsureLoaded();
        using var models = GenerationModels.Load(null, null, new ModelOptions { Precision = Precision.Float32 });
        var folder = Directory.CreateTempSubdirectory("mmdiff-bench-").FullName;
        try
        {
            var options = new GenerationOptions
            {
                Count = Clips,
                Sampler = "dpm-solver",
                Steps = StepsPerClip,
                Upscaling = new UpscalingOptions { Sampler = "ddim", Steps = 1 },
            };
            var sizes = new List<double>();
            new ClipGenerator(models.Joint, models.Upscaler).Generate(options, clip =>
            {
                ClipFiles.Write(clip, folder, "clip", ClipFileFormat.Mp4);
                sizes.Add(Environment.WorkingSet / 1e6);
                if (sizes.Count is 1 || sizes.Count % 10 == 0)
                    Print($"after {sizes.Count} clips and {sizes.Count * StepsPerClip} steps: {sizes[^1]:0} MB");
            });
            var growth = sizes[^1] / sizes[0];
            Print($"last / first: {growth:0.000}, expected at most {Tolerance}");
            return growth <= Tolerance ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
