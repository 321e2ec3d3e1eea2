namespace MmDiffusion.Model;

/// <summary>What a convolution that keeps sizes goes over: places, and the taps of its kernel.</summary>
/// <param name="Height">Rows of a sample.</param>
/// <param name="Width">Columns of a sample.</param>
/// <param name="Places">Of all samples.</param>
/// <param name="Rows">Of the kernel, an odd number.</param>
/// <param name="Columns">Of the kernel, an odd number.</param>
/// <param name="Dilation">Distance between the columns that the kernel sees.</param>
internal readonly record struct ConvolutionShape(int Height, int Width, int Places, int Rows, int Columns, int Dilation)
{
    internal int Taps => Rows * Columns;

    /// <summary>How many rows further down a tap sees.</summary>
    internal int Down(int tap) => tap / Columns - Rows / 2;

    /// <summary>How many columns further right a tap sees.</summary>
    internal int Right(int tap) => (tap % Columns - Columns / 2) * Dilation;

    /// <summary>The shape of a convolution; one of size 1 does not care how places are arranged.</summary>
    /// <param name="input">[N,H,W,C], or […,C] where the kernel's size is 1.</param>
    /// <param name="kernel">[out,C,kH,kW], or [out,C] and extents of 1.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static ConvolutionShape Of(ReadOnlySpan<long> input, ReadOnlySpan<long> kernel, long dilation)
    {
        var (places, taps) = (1L, 1L);
        foreach (var extent in input[..^1]) places *= extent;
        foreach (var extent in kernel[2..]) taps *= extent;
        return taps == 1
            ? new ConvolutionShape(1, checked((int)places), (int)places, 1, 1, 1)
            : new ConvolutionShape((int)input[1], (int)input[2], checked((int)places), (int)kernel[2], (int)kernel[3], (int)dilation);
    }
}
