using System.Globalization;
using System.Text.RegularExpressions;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Guidance;

/// <summary>
/// Replays recorded conditional runs: ancestral sampling on as many respaced steps as there is recorded noise, from xT.*, with the given
/// modality out of truth.*, whose noise is its part of xT.*. Names are as "given_audio.scale3".
/// </summary>
internal static partial class ConditionalRuns
{
    /// <summary>The error of each run's generated modality, as a fraction of its largest recorded value.</summary>
    internal static IReadOnlyDictionary<string, double> Errors(
        IDenoiser denoiser,
        IEnumerable<string> names,
        Func<string, Tensor> recorded) =>
        names.Select(name => Run().Match(name))
            .Where(match => match.Success)
            .ToDictionary(match => match.Groups["run"].Value, match => Error(denoiser, match, recorded));

    private static double Error(IDenoiser denoiser, Match match, Func<string, Tensor> recorded)
    {
        using var scope = NewDisposeScope();
        var run = match.Groups["run"].Value;
        var videoGiven = match.Groups["given"].Value == "video";
        var noise = (Video: recorded($"{run}.noise.video"), Audio: recorded($"{run}.noise.audio"));
        var process = new GaussianProcess(DiffusionConfiguration.Base).Respace(noise.Video.shape[0].ToString(CultureInfo.InvariantCulture));
        var given = videoGiven ? new AudioVideo(recorded("truth.video"), null) : new AudioVideo(null, recorded("truth.audio"));
        var result = new DdpmSampler(process).Sample(denoiser, new(recorded("xT.video"), recorded("xT.audio")), new()
        {
            Random = RecordedRandom.OfSteps(noise.Video, noise.Audio),
            Conditioning = new ZeroShotConditioning(given, double.Parse(match.Groups["scale"].Value, CultureInfo.InvariantCulture)),
        });
        var (actual, expected) = videoGiven ? (result.Audio, recorded($"{run}.audio")) : (result.Video, recorded($"{run}.video"));
        return Reference.Error(actual, expected);
    }

    [GeneratedRegex(@"^(?<run>given_(?<given>audio|video)\.scale(?<scale>[\d.]+))\.noise\.video$")]
    private static partial Regex Run();
}
