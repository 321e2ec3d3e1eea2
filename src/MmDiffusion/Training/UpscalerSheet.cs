using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>What an upscaler does, as a picture: each row a small frame, what bicubic and what the upscaler makes of it, and the truth.</summary>
internal static class UpscalerSheet
{
    private const string SheetFile = "sheet.png";

    internal static string Draw(ModelDirectory model, IClipSource source, TrainingRunOptions options, string folder, RandomGenerator generator, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var upscaler = Upscaler.Load(model, new ModelOptions { Device = options.Device ?? CPU });
        var enlarger = new FrameUpscaler(upscaler, new UpscalingOptions { Generator = generator });
        var reduction = new FrameDegradation(new DegradationOptions(), model.Description.SuperResolution!.SmallSize);
        var rows = Enumerable.Range(0, Math.Min(options.SheetClips, source.Count)).Select(i =>
        {
            var truth = ClipTensors.Read(source, (int)((long)i * source.Count / options.SheetClips)).Video; // [1,3,H,W]
            var small = reduction.Reduce(truth);
            long[] size = [truth.shape[2], truth.shape[3]];
            var enlarged = enlarger.Upscale(small, options.Seed, cancellation: cancellation);
            return cat([Enlarge(small, size, InterpolationMode.Nearest), Enlarge(small, size, InterpolationMode.Bicubic), enlarged, truth], dim: 3);
        });
        var picture = ClipTensors.ToFrames(cat([.. rows], dim: 2), rate: 1);
        var path = Path.Combine(folder, SheetFile);
        PngImage.Write(path, picture[0], picture.Height, picture.Width);
        return path;
    }

    private static Tensor Enlarge(Tensor frames, long[] size, InterpolationMode mode) =>
        nn.functional.interpolate(frames, size, mode: mode, align_corners: mode == InterpolationMode.Bicubic ? false : null);
}
