using System.Globalization;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Guidance;

/// <summary>The conditional loop of the paper, written out plainly for one modality, against the sampler with a conditioning.</summary>
[Trait("group", "unit")]
public sealed class ConditionalRunsTests
{
    private const int Steps = 5;

    [Fact]
    public void A_recorded_run_is_reproduced_with_its_noise()
    {
        using var scope = NewDisposeScope();
        var recorded = new Dictionary<string, Tensor>();
        void Record(string name, AudioVideo state) => (recorded[$"{name}.video"], recorded[$"{name}.audio"]) = (state.Video, state.Audio);
        Record("xT", TestStates.Normal(1, batch: 1));
        Record("truth", TestStates.Uniform(2, batch: 1));
        foreach (var given in new[] { "video", "audio" })
            foreach (var scale in new[] { 0, 3, 3000 })
            {
                var noise = Enumerable.Range(0, Steps).Select(step => TestStates.Normal((ulong)(10 + step), batch: 1)).ToList();
                var run = $"given_{given}.scale{scale}";
                Record($"{run}.noise", new(stack([.. noise.Select(draw => draw.Video)]), stack([.. noise.Select(draw => draw.Audio)])));
                Record(run, Plainly(given == "video", scale, recorded, noise));
            }

        var errors = ConditionalRuns.Errors(new ClosedFormDenoiser(), recorded.Keys, name => recorded[name]);
        Assert.Equal(6, errors.Count);
        Assert.All(errors, error => Assert.True(error.Value < 1e-4, $"{error.Key}: {error.Value.ToString(CultureInfo.InvariantCulture)}"));
    }

    private static AudioVideo Plainly(bool videoGiven, double scale, Dictionary<string, Tensor> recorded, List<AudioVideo> noise)
    {
        var process = new GaussianProcess(DiffusionConfiguration.Base).Respace("5");
        var schedule = process.Schedule;
        var (video, audio) = (recorded["xT.video"], recorded["xT.audio"]);
        Tensor Noised(string part, int t) =>
            Math.Sqrt(schedule.AlphaBar[t]) * recorded[$"truth.{part}"] + Math.Sqrt(1 - schedule.AlphaBar[t]) * recorded[$"xT.{part}"];
        for (var t = Steps - 1; t >= 0; t--)
        {
            if (videoGiven) (video, audio) = (Noised("video", t), audio.detach().requires_grad_(true));
            else (video, audio) = (video.detach().requires_grad_(true), Noised("audio", t));
            var epsilon = new ClosedFormDenoiser().Predict(new(video, audio), tensor(new[] { (float)schedule.TimestepMap[t] }));
            Tensor Next(Tensor x, Tensor e, Tensor z)
            {
                var x0 = ((x - Math.Sqrt(1 - schedule.AlphaBar[t]) * e) / Math.Sqrt(schedule.AlphaBar[t])).clamp(-1, 1);
                var mean = schedule.PosteriorMeanX0[t] * x0 + schedule.PosteriorMeanXt[t] * x;
                return t == 0 ? mean : mean + Math.Sqrt(schedule.Betas[t]) * z;
            }
            var draw = noise[Steps - 1 - t];
            var (nextVideo, nextAudio) = (Next(video, epsilon.Video, draw.Video), Next(audio, epsilon.Audio, draw.Audio));
            if (t > 0 && scale > 0)
            {
                var error = videoGiven
                    ? (nextVideo - Noised("video", t - 1)).square().mean()
                    : (nextAudio - Noised("audio", t - 1)).square().mean();
                var gradient = autograd.grad([error], [videoGiven ? audio : video])[0];
                var move = scale * Math.Sqrt(schedule.AlphaBar[t]) * gradient;
                if (videoGiven) nextAudio = nextAudio - move;
                else nextVideo = nextVideo - move;
            }
            (video, audio) = (nextVideo.detach(), nextAudio.detach());
        }
        return new(video, audio);
    }
}
