namespace MmDiffusion.Generation;

/// <summary>How many network calls of which samplers make a clip: settings chosen together.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Summary">A clause for people.</param>
/// <param name="Sampler">Of the joint model.</param>
/// <param name="Steps">Its network calls.</param>
/// <param name="Upscaling">Of the frames.</param>
public sealed record GenerationProfile(string Name, string Summary, string Sampler, int Steps, UpscalingOptions Upscaling)
{
    /// <summary>Every how many calls the joint model computes its deep features. 1, at every one, by default.</summary>
    public int Reuse { get; init; } = 1;

    /// <summary>Fewer calls of better solvers: at the paper's sizes 4.5 times fewer operations. docs/performance.md has what it costs in quality.</summary>
    public static GenerationProfile Fast { get; } = new("fast", "fewer calls of better solvers", "unipc", 12, new UpscalingOptions { Sampler = "unipc", Steps = 5 });

    /// <summary>The paper's settings: DPM-Solver with 20 calls, and DDIM with 25 calls for each frame.</summary>
    public static GenerationProfile Paper { get; } = new("paper", "the paper's settings", "dpm-solver", 20, new UpscalingOptions { Sampler = "ddim", Steps = 25 });

    /// <summary>Every profile, the command line's default first.</summary>
    public static IReadOnlyList<GenerationProfile> All { get; } = [Fast, Paper];

    /// <summary>The options with this profile's samplers, numbers of calls and reuse of features; frames at once stay as they are.</summary>
    /// <param name="options">What else to do.</param>
    public GenerationOptions Apply(GenerationOptions options) => options with
    {
        Sampler = Sampler,
        Steps = Steps,
        Reuse = Reuse,
        Upscaling = Upscaling with { FramesAtOnce = options.Upscaling.FramesAtOnce },
    };
}
