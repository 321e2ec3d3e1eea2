using System.Collections.Immutable;
using MmDiffusion.Diffusion.Schedules;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Schedules;

/// <summary>The schedule tables and respacings of the published code.</summary>
[Trait("group", "parity")]
public sealed class ScheduleParityTests
{
    private const double Tolerance = 1e-12;

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Every_recorded_table_is_reproduced(string directory)
    {
        using var scope = NewDisposeScope();
        var recorded = new Reference(directory).Tensors("schedules.safetensors");
        foreach (var name in recorded.Keys.Where(name => !name.StartsWith("respacing.", StringComparison.Ordinal)))
        {
            var (kind, table) = (name.Split('.')[0], name.Split('.')[1]);
            var steps = (int)recorded[name].shape[0];
            var schedule = kind == "linear" ? NoiseSchedule.Linear(steps) : NoiseSchedule.Cosine(steps);
            AssertClose(recorded[name].data<double>().ToArray(), Table(schedule, table), name);
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Every_recorded_respacing_keeps_the_same_timesteps_and_variances(string directory)
    {
        using var scope = NewDisposeScope();
        var recorded = new Reference(directory).Tensors("schedules.safetensors");
        var schedule = NoiseSchedule.Linear(1000);
        var names = recorded.Keys.Where(name =>
            name.StartsWith("respacing.", StringComparison.Ordinal) && name.EndsWith(".betas", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var respacing = name["respacing.".Length..^".betas".Length];
            var respaced = schedule.Respace(respacing);
            Assert.Equal(recorded[$"respacing.{respacing}.timesteps"].data<long>().Select(t => (int)t), respaced.TimestepMap);
            AssertClose(recorded[name].data<double>().ToArray(), respaced.Betas, name);
        }
    }

    private static ImmutableArray<double> Table(NoiseSchedule schedule, string name) => name switch
    {
        "betas" => schedule.Betas,
        "alphas_cumprod" => schedule.AlphaBar,
        "posterior_variance" => schedule.PosteriorVariance,
        "posterior_log_variance_clipped" => schedule.PosteriorLogVarianceClipped,
        "posterior_mean_coef1" => schedule.PosteriorMeanX0,
        "posterior_mean_coef2" => schedule.PosteriorMeanXt,
        _ => throw new NotSupportedException($"no table is called '{name}'"),
    };

    private static void AssertClose(double[] expected, ImmutableArray<double> actual, string name)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(
                Math.Abs(actual[i] - expected[i]) <= Tolerance * Math.Abs(expected[i]),
                $"{name}[{i}] is {actual[i]:r}, expected {expected[i]:r}");
    }
}
