using MmDiffusion.Media;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>Frames as video extractors want them.</summary>
internal static class VideoInput
{
    private const int Colours = 3;
    private const string UsualLayout = "BCFHW";

    /// <summary>Chooses frames, scales and resizes them.</summary>
    /// <returns>float32 in the layout of the description, a batch of one.</returns>
    internal static Tensor Make(Frames frames, ExtractorDescription description)
    {
        using var scope = NewDisposeScope();
        var count = description.Frames > 0 ? description.Frames : frames.Count;
        var planes = new float[count * frames.FrameBytes];
        var levels = Levels(description);
        for (var frame = 0; frame < count; frame++)
            Split(frames[(int)((frame + 0.5) * frames.Count / count)], levels, planes.AsSpan(frame * frames.FrameBytes, frames.FrameBytes));
        var video = Resize(tensor(planes, [1, count, Colours, frames.Height, frames.Width]), description.Height, description.Width);
        return video.permute([.. (description.Layout ?? UsualLayout).Select(letter =>
            (long)"BFCHW".IndexOf(letter, StringComparison.Ordinal))]).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Bilinear without antialiasing, the aspect kept: the smallest picture that covers the size, of which the middle stays.
    /// </summary>
    /// <param name="frames">[B,F,3,H,W] float32.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <returns>[B,F,3,height,width].</returns>
    internal static Tensor Resize(Tensor frames, long height, long width)
    {
        using var scope = NewDisposeScope();
        var (h, w) = (frames.shape[3], frames.shape[4]);
        // The side that fits exactly is given, the other rounded up: whole numbers, so that rounding never adds a row.
        var (tall, wide) = height * w >= width * h ? (height, CeilingOf(w * height, h)) : (CeilingOf(h * width, w), width);
        var flat = functional.interpolate(frames.flatten(0, 1), [tall, wide], mode: InterpolationMode.Bilinear, align_corners: false);
        var middle = flat.narrow(2, (tall - height) / 2, height).narrow(3, (wide - width) / 2, width);
        return middle.unflatten(0, [frames.shape[0], frames.shape[1]]).MoveToOuterDisposeScope();
    }

    /// <summary>What the network is given for each of the 256 levels of each colour.</summary>
    private static float[][] Levels(ExtractorDescription description)
    {
        var (low, high) = (description.Range[0], description.Range[1]);
        return [.. Enumerable.Range(0, Colours).Select(colour => Enumerable
            .Range(0, 256)
            .Select(level =>
                (float)((level / 255.0 * (high - low) + low - (description.Mean?[colour] ?? 0)) / (description.Deviation?[colour] ?? 1)))
            .ToArray())];
    }

    /// <summary>[H,W,3] → [3,H,W].</summary>
    private static void Split(ReadOnlySpan<byte> pixels, float[][] levels, Span<float> planes)
    {
        var size = pixels.Length / Colours;
        for (var colour = 0; colour < Colours; colour++)
            for (var pixel = 0; pixel < size; pixel++) planes[colour * size + pixel] = levels[colour][pixels[pixel * Colours + colour]];
    }

    private static long CeilingOf(long dividend, long divisor) => (dividend + divisor - 1) / divisor;
}

/// <summary>Audio as audio extractors want it.</summary>
internal static class AudioInput
{
    /// <summary>Cuts or pads a sound, and scales it.</summary>
    /// <returns>float32 in the layout of the description, a batch of one.</returns>
    /// <exception cref="MmDiffusionException">The sound is of another rate.</exception>
    internal static Tensor Make(Audio sound, ExtractorDescription description)
    {
        if (description.SampleRate > 0 && description.SampleRate != sound.Rate)
            throw new MmDiffusionException(
                $"the extractor '{description.Name}' wants sound at {description.SampleRate} samples per second, found "
                + $"{sound.Rate}; set sample_rate in the protocol");
        var samples = new float[description.Samples > 0 ? description.Samples : sound.Samples.Length];
        sound.Samples.AsSpan(0, Math.Min(samples.Length, sound.Samples.Length)).CopyTo(samples);
        var (low, high) = (description.Range[0], description.Range[1]);
        for (var i = 0; i < samples.Length; i++) samples[i] = (float)((low + high) / 2 + samples[i] * ((high - low) / 2));
        var layout = description.Layout ?? "BL";
        return tensor(samples, [.. layout.Select(letter => letter == 'L' ? samples.LongLength : 1)]);
    }
}
