using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Sampling;

[Trait("group", "unit")]
public sealed class SolverPropertyTests
{
    private static readonly GaussianProcess Process = new(DiffusionConfiguration.Base);

    [Fact]
    public void Order_1_of_both_solvers_is_DDIM_on_the_same_grid()
    {
        using var scope = NewDisposeScope();
        var process = new GaussianProcess(new() { Steps = 40 });
        var xT = TestStates.Normal(1);
        var ddim = new DdimSampler(process, bound: X0Bound.None).Sample(new ClosedFormDenoiser(), xT, TestStates.Context());
        foreach (var algorithm in Enum.GetValues<DpmAlgorithm>())
        {
            // 39 uniform steps visit every timestep of the 40; the last DDIM step is the final denoising.
            var solver = new DpmSolver(process, new()
            {
                Algorithm = algorithm,
                Order = 1,
                Steps = 39,
                Spacing = TimeSpacing.Uniform,
                Bound = X0Bound.None,
                DenoiseFinal = true,
            });
            var result = solver.Sample(new ClosedFormDenoiser(), xT, TestStates.Context());
            Assert.True(TestStates.Distance(ddim, result) < 1e-4 * ddim.Parts.Max(part => part.abs().max().item<float>()));
        }
    }

    [Theory]
    [InlineData(DpmAlgorithm.DpmSolver, DpmMethod.SingleStep)]
    [InlineData(DpmAlgorithm.DpmSolver, DpmMethod.MultiStep)]
    [InlineData(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.SingleStep)]
    [InlineData(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.MultiStep)]
    public void The_error_falls_with_the_order_and_with_the_steps(DpmAlgorithm algorithm, DpmMethod method)
    {
        using var scope = NewDisposeScope();
        var errors = Enumerable.Range(1, 3).Select(order => new[] { 20, 80 }.Select(steps =>
            Error(new DpmSolver(Process, new()
            {
                Algorithm = algorithm,
                Method = method,
                Order = order,
                Steps = steps,
                Bound = X0Bound.None,
            }))).ToArray()).ToArray();
        Assert.All(errors, byStep => Assert.True(byStep[1] < byStep[0]));
        Assert.True(errors[1][1] < errors[0][1]);
        Assert.True(errors[2][1] < errors[1][1]);
    }

    [Fact]
    public void UniPc_s_error_falls_with_the_order_and_with_the_steps()
    {
        using var scope = NewDisposeScope();
        double Of(int order, int steps) => Error(new UniPcSampler(Process, new() { Order = order, Steps = steps, Bound = X0Bound.None }));
        Assert.True(Of(2, 60) < Of(2, 30));
        Assert.True(Of(2, 60) < Of(1, 60));
        Assert.True(Of(3, 60) < Of(2, 60));
    }

    /// <summary>Against the ODE's own end at no noise, with times spaced evenly, for data whose exact prediction is known.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void An_end_without_noise_is_twice_as_near_with_few_network_calls_and_costs_none(int steps)
    {
        using var scope = NewDisposeScope();
        var uniPc = new UniPcOptions { Steps = steps, Spacing = TimeSpacing.Uniform, Bound = X0Bound.None };
        var dpm = new DpmSolverOptions
        {
            Algorithm = DpmAlgorithm.DpmSolverPlusPlus,
            Method = DpmMethod.MultiStep,
            Order = 2,
            Steps = steps,
            Spacing = TimeSpacing.Uniform,
            Bound = X0Bound.None,
        };
        (ISampler Noisy, ISampler Clean)[] samplers =
        [
            (new UniPcSampler(Process, uniPc), new UniPcSampler(Process, uniPc with { EndsClean = true })),
            (new DpmSolver(Process, dpm), new DpmSolver(Process, dpm with { EndsClean = true })),
        ];
        foreach (var (noisy, clean) in samplers)
        {
            Assert.Equal((steps, steps), (noisy.NetworkCalls, clean.NetworkCalls));
            var (before, after) = (ErrorAtZero(noisy), ErrorAtZero(clean));
            Assert.True(after < 0.6 * before, $"{clean.GetType().Name}: {after} instead of {before}");
        }
    }

    [Fact]
    public void A_single_step_method_does_not_end_without_noise() => Assert.Contains(
        "ends_clean needs the multi-step method",
        Assert.ThrowsAny<MmDiffusionException>(() => new DpmSolver(Process, new() { EndsClean = true })).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(20, 3, new[] { 3, 3, 3, 3, 3, 3, 2 })]
    [InlineData(6, 3, new[] { 3, 2, 1 })]
    [InlineData(7, 3, new[] { 3, 3, 1 })]
    [InlineData(3, 3, new[] { 2, 1 })]
    [InlineData(2, 3, new[] { 2 })]
    [InlineData(1, 3, new[] { 1 })]
    [InlineData(5, 2, new[] { 2, 2, 1 })]
    [InlineData(4, 2, new[] { 2, 2 })]
    [InlineData(3, 1, new[] { 1, 1, 1 })]
    public void Single_step_orders_use_up_the_network_calls(int calls, int order, int[] expected) =>
        Assert.Equal(expected, DpmSolver.SingleStepOrders(calls, order));

    [Theory]
    [InlineData(5, 3, true, new[] { 1, 2, 3, 2, 1 })]
    [InlineData(5, 3, false, new[] { 1, 2, 3, 3, 3 })]
    [InlineData(10, 2, true, new[] { 1, 2, 2, 2, 2, 2, 2, 2, 2, 2 })]
    public void Multi_step_orders_rise_with_the_history_and_fall_at_the_end_of_few_steps(
        int steps,
        int order,
        bool lower,
        int[] expected) =>
        Assert.Equal(expected, DpmSolver.MultiStepOrders(steps, order, lower));

    [Fact]
    public void The_kinds_of_prediction_lead_to_the_same_sample()
    {
        using var scope = NewDisposeScope();
        var xT = TestStates.Normal(1);
        var data = new GaussianData(0.5, 0.1);
        var schedule = new ContinuousSchedule(NoiseSchedule.Linear(1000));
        AudioVideo As(AudioVideo x, Tensor time, Func<Tensor, Tensor, NoiseLevel, Tensor> convert)
        {
            var level = schedule.Level((time[0].item<float>() + 1.0) / 1000);
            return x.Zip(data.Predict(x, time), (part, epsilon) => convert(part, epsilon, level));
        }
        var networks = new Dictionary<PredictionKind, IDenoiser>
        {
            [PredictionKind.Epsilon] = data,
            [PredictionKind.X0] = new DelegateDenoiser(
                (x, time) => As(x, time, (part, e, level) => (part - level.Noise * e) / level.Signal)),
            [PredictionKind.V] = new DelegateDenoiser((x, time) =>
                As(x, time, (part, e, level) => level.Signal * e - level.Noise * (part - level.Noise * e) / level.Signal)),
        };
        foreach (var name in MmDiffusion.Diffusion.Sampling.Samplers.All.Select(sampler => sampler.Name))
        {
            var results = networks.Select(network =>
                MmDiffusion.Diffusion.Sampling.Samplers.Create(name, new(new() { Prediction = network.Key }), 12).Sample(
                    network.Value,
                    xT,
                    TestStates.Context(4))).ToList();
            Assert.All(results, result =>
                Assert.True(TestStates.Distance(results[0], result) < 1e-3, $"{name}: {TestStates.Distance(results[0], result)}"));
        }
    }

    [Fact]
    public void Dynamic_thresholding_scales_by_the_quantile_and_leaves_small_values_alone()
    {
        using var scope = NewDisposeScope();
        var small = linspace(-0.5, 0.5, 200).view(1, 200);
        var large = linspace(-4, 4, 201).view(1, 201);
        Assert.True(X0Bound.Dynamic.Apply(small).allclose(small));
        var bounded = X0Bound.Dynamic.Apply(large);
        Assert.Equal(1, bounded.abs().max().item<float>(), 5);
        // 99.5% of the magnitudes 0, 0.04 … 4 lie below 3.98.
        Assert.True(bounded[0, 110].item<float>() is > 0.098f and < 0.103f);
    }

    private static double ErrorAtZero(ISampler sampler)
    {
        using var scope = NewDisposeScope();
        var xT = TestStates.Normal(3).Map(x => x.to(float64));
        var exact = new DpmSolver(Process, new()
        {
            Algorithm = DpmAlgorithm.DpmSolverPlusPlus,
            Steps = 900,
            Bound = X0Bound.None,
            DenoiseFinal = true,
        })
            .Sample(new GaussianData(0.2, 0.3, twoModes: false), xT, TestStates.Context());
        return TestStates.Distance(exact, sampler.Sample(new GaussianData(0.2, 0.3, twoModes: false), xT, TestStates.Context()));
    }

    private static double Error(ISampler sampler)
    {
        using var scope = NewDisposeScope();
        var xT = TestStates.Normal(3).Map(x => x.to(float64));
        var exact = new DpmSolver(Process, new() { Algorithm = DpmAlgorithm.DpmSolverPlusPlus, Steps = 900, Bound = X0Bound.None })
            .Sample(new GaussianData(0.2, 0.3, twoModes: false), xT, TestStates.Context());
        return TestStates.Distance(exact, sampler.Sample(new GaussianData(0.2, 0.3, twoModes: false), xT, TestStates.Context()));
    }
}
