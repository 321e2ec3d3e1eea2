using System.Globalization;
using System.Text.RegularExpressions;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Sampling;

/// <summary>Every recorded run of the published UniPC on the closed-form network.</summary>
[Trait("group", "parity")]
public sealed partial class UniPcParityTests
{
    /// <summary>Of the largest value; the nearest wrong setting is 1e-4 away.</summary>
    private const double Tolerance = 3e-5;

    // The largest error measured is 2e-6. What was recorded is stored as float32, and timesteps are given to the network in float32.
    private const double DoubleTolerance = 5e-6;

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Every_recorded_run_is_reproduced(string directory) => Compare(directory, ScalarType.Float32, Tolerance);

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void In_float64_it_is_reproduced_more_closely(string directory) =>
        Compare(directory, ScalarType.Float64, DoubleTolerance);

    private static void Compare(string directory, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        var recorded = reference.Tensors("unipc.safetensors");
        var start = reference.Tensors("samplers.safetensors");
        var xT = new AudioVideo(start["xT.video"], start["xT.audio"]).Map(state => state.to_type(type));
        var runs = recorded.Keys
            .Where(name => name.EndsWith(".video", StringComparison.Ordinal))
            .Select(name => name[..^".video".Length])
            .ToList();
        Assert.NotEmpty(runs);
        var errors = runs.ToDictionary(run => run, run =>
        {
            using var inner = NewDisposeScope();
            var result = Parse(run).Sample(new ClosedFormDenoiser(), xT, new() { Random = new RecordedRandom([]) });
            return Math.Max(
                Reference.Error(result.Video, recorded[$"{run}.video"]),
                Reference.Error(result.Audio, recorded[$"{run}.audio"]));
        });
        Assert.All(errors, error =>
            Assert.True(error.Value <= tolerance, $"{error.Key}: {error.Value:g3}, expected at most {tolerance:g1}"));
    }

    private static UniPcSampler Parse(string run)
    {
        var match = Run().Match(run);
        Assert.True(match.Success, $"the entry '{run}' names no run of UniPC that this test knows");
        return new UniPcSampler(new GaussianProcess(DiffusionConfiguration.Base), new()
        {
            Variant = match.Groups["variant"].Value == "bh1" ? UniPcVariant.Bh1 : UniPcVariant.Bh2,
            Order = int.Parse(match.Groups["order"].Value, CultureInfo.InvariantCulture),
            Spacing = match.Groups["spacing"].Value switch
            {
                "logSNR" => TimeSpacing.LogSnr,
                "time_uniform" => TimeSpacing.Uniform,
                _ => TimeSpacing.Quadratic,
            },
            Steps = int.Parse(match.Groups["steps"].Value, CultureInfo.InvariantCulture),
            Bound = match.Groups["bound"].Value switch
            {
                ".clip" => X0Bound.Clip,
                ".thresholding1" => X0Bound.Dynamic,
                _ => X0Bound.None,
            },
            LowerOrderFinal = !match.Groups["risen"].Success,
        });
    }

    [GeneratedRegex(
        @"^unipc\.(?<variant>bh[12])\.order(?<order>\d)\.(?<spacing>logSNR|time_uniform|time_quadratic)\.(?<steps>\d+)"
            + @"(?<bound>\.clip|\.thresholding1)?(?<risen>\.lowerorder0)?$")]
    private static partial Regex Run();
}
