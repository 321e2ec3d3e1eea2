using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>Sound as audio extractors want it.</summary>
internal static class AudioInput
{
    /// <summary>Cuts or pads a sound, and scales it.</summary>
    /// <returns>float32 in the layout of the description, a batch of one.</returns>
    /// <exception cref="MmDiffusionException">The sound is of another rate.</exception>
    internal static Tensor Make(Sound sound, ExtractorDescription description)
    {
        if (description.SampleRate > 0 && description.SampleRate != sound.Rate)
            throw new MmDiffusionException($"the extractor '{description.Name}' wants sound at {description.SampleRate} samples per second, found {sound.Rate}; set sample_rate in the protocol");
        var samples = new float[description.Samples > 0 ? description.Samples : sound.Samples.Length];
        sound.Samples.AsSpan(0, Math.Min(samples.Length, sound.Samples.Length)).CopyTo(samples);
        var (low, high) = (description.Range[0], description.Range[1]);
        for (var i = 0; i < samples.Length; i++) samples[i] = (float)((samples[i] + 1) / 2 * (high - low) + low);
        var layout = description.Layout ?? "BL";
        return tensor(samples, [.. layout.Select(letter => letter == 'L' ? samples.LongLength : 1)]);
    }
}
