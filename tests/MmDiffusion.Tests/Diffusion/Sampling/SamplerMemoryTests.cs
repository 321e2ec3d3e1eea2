using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Sampling;

/// <summary>Samplers leave no tensors behind.</summary>
[Trait("group", "unit")]
public sealed class SamplerMemoryTests
{
    public static TheoryData<string> Names => SamplerCatalogue.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void No_tensor_outlives_the_run_but_the_result(string name)
    {
        using var xT = TestStates.Normal(1);
        using var given = new AudioVideo(null, xT.Audio.clone());
        using var random = new SeededRandom(1);
        var sampler = SamplerCatalogue.Create(name);
        foreach (var conditioning in new[] { null, new ZeroShotConditioning(given, 0), new ZeroShotConditioning(given, 3) })
        {
            var before = LiveTensors.CountBefore();
            using (sampler.Sample(new ClosedFormDenoiser(), xT, new() { Random = random, Conditioning = conditioning }))
                Assert.Equal(before + 2, Tensor.TotalCount);
            Assert.Equal(before, Tensor.TotalCount);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Live_tensors_do_not_grow_from_step_to_step(string name)
    {
        using var xT = TestStates.Normal(1);
        using var random = new SeededRandom(1);
        var counts = new List<long>();
        var denoiser = new DelegateDenoiser((x, t) => { counts.Add(Tensor.TotalCount); return new ClosedFormDenoiser().Predict(x, t); });
        SamplerCatalogue.Create(name).Sample(denoiser, xT, new() { Random = random }).Dispose();
        // The count within a step differs by what the step and its history hold, which is bounded.
        Assert.True(counts[^1] <= counts.Take(5).Max(), string.Join(", ", counts));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cancelled_run_stops_before_the_next_network_call_and_leaves_nothing(string name)
    {
        using var xT = TestStates.Normal(1);
        using var random = new SeededRandom(1);
        using var cancellation = new CancellationTokenSource();
        var denoiser = new ClosedFormDenoiser();
        var before = LiveTensors.CountBefore();
        Assert.Throws<OperationCanceledException>(() => SamplerCatalogue.Create(name).Sample(denoiser, xT, new()
        {
            Random = random,
            CancellationToken = cancellation.Token,
            Observer = progress => { if (progress.NetworkCalls == 3) cancellation.Cancel(); },
        }));
        Assert.Equal(3, denoiser.Times.Count);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
