using System.Runtime.InteropServices;
using MmDiffusion.Kernels;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction.Embedded;

/// <summary>How loud a sound is in bands that are as wide as hearing takes them, over time.</summary>
internal static class MelSpectrogram
{
    internal const int SampleRate = 16_000;

    private const int Window = 512;
    private const int Hop = 256;
    private const int Bands = 64;
    private const double Lowest = 40;

    /// <summary>Power below which a band is silent.</summary>
    private const float Floor = 1e-5f;

    // These bring quiet and loud sounds to about -1 and 1.
    private const float Centre = -5;
    private const float Spread = 5;

    private static readonly Lazy<float[]> Filters = new(MakeFilters);

    /// <summary>The spectrogram of sounds.</summary>
    /// <param name="samples">[B,L] in [-1, 1] at <see cref="SampleRate"/>.</param>
    /// <returns>[B,64,T].</returns>
    internal static Tensor Of(Tensor samples)
    {
        using var scope = NewDisposeScope();
        var spectrum = stft(samples, Window, Hop, Window, hann_window(Window), return_complex: true); // [B,257,T]
        var power = spectrum.real.Squared().Plus(spectrum.imag.Squared());
        var bands = tensor(Filters.Value, [Bands, Window / 2 + 1]).matmul(power);
        // Not by libtorch's logarithm, which differs in the last bit: the embedded extractors were trained on these values.
        var levels = MemoryMarshal.Cast<byte, float>(bands.contiguous().bytes).ToArray();
        for (var i = 0; i < levels.Length; i++) levels[i] = (MathF.Log(levels[i] + Floor) - Centre) / Spread;
        return tensor(levels, bands.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Triangles that overlap by halves, evenly on the mel scale.</summary>
    private static float[] MakeFilters()
    {
        const int bins = Window / 2 + 1;
        var (low, high) = (Mel(Lowest), Mel(SampleRate / 2));
        double[] edges = [.. Enumerable.Range(0, Bands + 2).Select(i => Hertz(low + (high - low) * i / (Bands + 1)))];
        var filters = new float[Bands * bins];
        for (var band = 0; band < Bands; band++)
        {
            for (var bin = 0; bin < bins; bin++)
            {
                var hertz = (double)bin * SampleRate / Window;
                var rise = (hertz - edges[band]) / (edges[band + 1] - edges[band]);
                var fall = (edges[band + 2] - hertz) / (edges[band + 2] - edges[band + 1]);
                filters[band * bins + bin] = (float)Math.Max(0, Math.Min(rise, fall));
            }
        }
        return filters;
    }

    private static double Mel(double hertz) => 2595 * Math.Log10(1 + hertz / 700);

    private static double Hertz(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);
}
