using System.Globalization;
using System.Text.RegularExpressions;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Sampling;

/// <summary>Every recorded run of the published samplers on the closed-form network, whatever the names in the file ask for.</summary>
[Trait("group", "parity")]
public sealed partial class SamplerParityTests
{
    private const double Tolerance = 2e-4;

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Every_recorded_sampler_is_reproduced(string directory)
    {
        using var scope = NewDisposeScope();
        var recorded = new Reference(directory).Tensors("samplers.safetensors");
        var runs = recorded.Keys
            .Where(name => name.EndsWith(".video", StringComparison.Ordinal))
            .Select(name => name[..^".video".Length])
            .Where(name =>
                name != "xT" && !name.EndsWith(".noise", StringComparison.Ordinal) && !name.Contains("adaptive", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(runs);
        var failures = runs.SelectMany(run => Compare(recorded, run)).ToList();
        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    private static IEnumerable<string> Compare(Dictionary<string, Tensor> recorded, string run)
    {
        using var scope = NewDisposeScope();
        IRandomSource random = recorded.ContainsKey($"{run}.noise.video")
            ? RecordedRandom.OfSteps(recorded[$"{run}.noise.video"], recorded[$"{run}.noise.audio"])
            : new RecordedRandom([]);
        using var result = Parse(run).Sample(
            new ClosedFormDenoiser(),
            new(recorded["xT.video"], recorded["xT.audio"]),
            new() { Random = random });
        foreach (var (part, actual) in new[] { ("video", result.Video), ("audio", result.Audio) })
        {
            var error = Reference.Error(actual, recorded[$"{run}.{part}"]);
            if (!(error <= Tolerance)) yield return $"{run}.{part}: error {error:g3} of the largest value, expected at most {Tolerance:g1}";
        }
    }

    private static ISampler Parse(string run)
    {
        var process = new GaussianProcess(DiffusionConfiguration.Base);
        int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
        if (Discrete().Match(run) is { Success: true } discrete)
        {
            var steps = discrete.Groups["steps"].Value;
            return discrete.Groups["name"].Value == "ddpm"
                ? new DdpmSampler(process.Respace(steps))
                : new DdimSampler(process.Respace(Respacing.ForDdim(Number(steps), process.Schedule.Steps)));
        }
        var match = Solver().Match(run);
        Assert.True(match.Success, $"the entry '{run}' names no sampler this test knows");
        return new DpmSolver(process, new()
        {
            Algorithm = match.Groups["plus"].Success ? DpmAlgorithm.DpmSolverPlusPlus : DpmAlgorithm.DpmSolver,
            Method = match.Groups["method"].Value == "singlestep" ? DpmMethod.SingleStep : DpmMethod.MultiStep,
            Order = Number(match.Groups["order"].Value),
            Spacing = match.Groups["spacing"].Value switch
            {
                "logSNR" => TimeSpacing.LogSnr,
                "time_uniform" => TimeSpacing.Uniform,
                _ => TimeSpacing.Quadratic,
            },
            Steps = Number(match.Groups["steps"].Value),
            Bound = match.Groups["threshold"].Value == "1" ? X0Bound.Dynamic : X0Bound.None,
            AsPublished = true,
        });
    }

    [GeneratedRegex(@"^(?<name>ddim|ddpm)\.(?<steps>\d+)$")]
    private static partial Regex Discrete();

    [GeneratedRegex(
        @"^dpm_solver(?<plus>\+\+)?\.(?<method>singlestep|multistep)\.order(?<order>\d)"
            + @"\.(?<spacing>logSNR|time_uniform|time_quadratic)\.(?<steps>\d+)(\.thresholding(?<threshold>[01]))?$")]
    private static partial Regex Solver();
}
