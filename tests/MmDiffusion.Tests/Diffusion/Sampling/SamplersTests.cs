using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Media;
using Named = MmDiffusion.Diffusion.Sampling.Samplers;

namespace MmDiffusion.Tests.Diffusion.Sampling;

[Trait("group", "unit")]
public sealed class SamplersTests
{
    private static readonly GaussianProcess Process = new(DiffusionConfiguration.Base);

    [Fact]
    public void Every_name_makes_a_sampler_with_its_default_steps()
    {
        Assert.Equal(
            ["dpm-solver", "dpm-solver++", "unipc", "unipc-3", "ddim", "ddpm"],
            Named.All.Select(sampler => sampler.Name));
        Assert.All(Named.All, sampler => Assert.Equal(sampler.DefaultSteps, Named.Create(sampler.Name, Process).NetworkCalls));
    }

    [Fact]
    public void Every_step_count_in_range_is_that_many_network_calls()
    {
        foreach (var sampler in Named.All)
            Assert.All([sampler.LeastSteps, 3, 25, 37, 1000], steps =>
                Assert.Equal(steps, Named.Create(sampler.Name, Process, steps).NetworkCalls));
    }

    [Fact]
    public void A_schedule_shorter_than_the_default_is_used_whole() =>
        Assert.Equal(50, Named.Create("ddpm", new(new() { Steps = 50 })).NetworkCalls);

    [Theory]
    [InlineData(
        "euler",
        null,
        "there is no sampler 'euler'; choose one of dpm-solver, dpm-solver++, unipc, unipc-3, ddim, ddpm")]
    [InlineData("ddim", 0, "0 steps do not suit the sampler 'ddim', expected 1 to 1000; 25 is usual")]
    [InlineData("ddpm", 1001, "1001 steps do not suit the sampler 'ddpm', expected 1 to 1000; 1000 is usual")]
    [InlineData("dpm-solver++", 1, "1 steps do not suit the sampler 'dpm-solver++', expected 2 to 1000; 20 is usual")]
    public void An_unknown_name_or_step_count_is_refused(string name, int? steps, string message) =>
        Assert.Equal(message, Assert.ThrowsAny<MmDiffusionException>(() => Named.Create(name, Process, steps)).Message);

    [Fact]
    public void Everything_wrong_with_options_is_named_at_once()
    {
        var dpm =
            Assert.ThrowsAny<MmDiffusionException>(() => new DpmSolver(Process, new() { Order = 4, Steps = 0, Bound = X0Bound.Dynamic }))
                .Message;
        Assert.Contains("order is 4", dpm, StringComparison.Ordinal);
        Assert.Contains("steps is 0", dpm, StringComparison.Ordinal);
        Assert.Contains("dynamic thresholding needs dpm-solver++", dpm, StringComparison.Ordinal);
        Assert.Contains(
            "order is 0",
            Assert.ThrowsAny<MmDiffusionException>(() => new UniPcSampler(Process, new() { Order = 0 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "eta is -1",
            Assert.ThrowsAny<MmDiffusionException>(() => new DdimSampler(Process, eta: -1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_continuous_solver_refuses_a_respaced_schedule() =>
        Assert.Throws<ArgumentException>(() => new DpmSolver(Process.Respace("10"), new()));

    [Fact]
    public void A_network_output_of_the_wrong_shape_is_explained()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var learned = new GaussianProcess(DiffusionConfiguration.SuperResolution);
        var error = Assert.ThrowsAny<MmDiffusionException>(() =>
            Named.Create("ddim", learned, 2).Sample(new ClosedFormDenoiser(), TestStates.Normal(1), TestStates.Context()));
        Assert.Contains("[2, 2, 3, 4, 4], expected [2, 2, 6, 4, 4]", error.Message, StringComparison.Ordinal);
    }
}
