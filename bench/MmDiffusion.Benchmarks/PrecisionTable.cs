using MmDiffusion.Cli.Benchmarking;
using MmDiffusion.Generation;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks;

/// <summary>By how much bfloat16 changes what the paper's networks predict: a failure above 2%.</summary>
internal static class PrecisionTable
{
    private const double Most = 0.02;

    internal static int Run()
    {
        var worst = 0.0;
        foreach (var preset in (string[])["landscape", "sr-64-256"])
        {
            var error = PrecisionError.Measure(ModelPresets.Find(preset), ScalarType.BFloat16);
            Console.WriteLine(FormattableString.Invariant($"{preset}: bf16 differs from fp32 by {error:P2}"));
            worst = Math.Max(worst, error);
        }
        return worst < Most ? 0 : 1;
    }
}
