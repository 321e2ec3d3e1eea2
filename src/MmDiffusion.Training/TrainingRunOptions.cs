using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// Where a run is kept and how often it is looked at; nothing here changes what is learned, but for the seed and the first weights.
/// </summary>
public sealed record TrainingRunOptions
{
    /// <summary>Decides first weights, data order, noise and all other randomness. 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether to continue from the newest checkpoint, if there is one.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Weights to start from, a .pt or safetensors file, or the folder of a model or of a run's checkpoint; null to start with new ones.
    /// </summary>
    public string? From { get; init; }

    /// <summary>
    /// The section of <see cref="From"/>, as for <see cref="Checkpoints.WeightFile.Open"/>; null to choose the averaged weights that fit.
    /// </summary>
    public string? FromSection { get; init; }

    /// <summary>Steps between checkpoints, at least 1. 1,000 by default.</summary>
    public long CheckpointEvery { get; init; } = 1000;

    /// <summary>
    /// How many of the newest checkpoints stay, at least 1. 2 by default, should the disk fail the last; the best reviewed one stays
    /// besides.
    /// </summary>
    public int Keep { get; init; } = 2;

    /// <summary>
    /// Steps between reviews: loss on clips held out, and a sheet of samples; 0 for none but at the end. 5,000 by default.
    /// </summary>
    public long ReviewEvery { get; init; } = 5000;

    /// <summary>Clips of a review's loss, at least 1. 16 by default.</summary>
    public int HeldOutClips { get; init; } = 16;

    /// <summary>Samples on a review's sheet; 0 for none. 4 by default.</summary>
    public int SheetClips { get; init; } = 4;

    /// <summary>Steps between rows of the logs, at least 1. 10 by default.</summary>
    public long LogEvery { get; init; } = 10;

    /// <summary>Threads that read clips ahead, at least 1. 1 by default.</summary>
    public int ReadingThreads { get; init; } = 1;

    /// <summary>How ranks share gradients and the optimiser.</summary>
    public ExchangeOptions Exchange { get; init; } = new();

    /// <summary>Where to compute; null for the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(FromSection is null || From is not null, $"the section '{FromSection}' is given, but no weights to start from");
        errors.Require(CheckpointEvery >= 1, $"checkpoint_every is {CheckpointEvery}, expected at least 1");
        errors.Require(Keep >= 1, $"keep is {Keep}, expected at least 1");
        errors.Require(ReviewEvery >= 0, $"review_every is {ReviewEvery}, expected 0 (only at the end) or more");
        errors.Require(HeldOutClips >= 1, $"held_out_clips is {HeldOutClips}, expected at least 1");
        errors.Require(SheetClips >= 0, $"sheet_clips is {SheetClips}, expected 0 (none) or more");
        errors.Require(LogEvery >= 1, $"log_every is {LogEvery}, expected at least 1");
        errors.Require(ReadingThreads >= 1, $"reading_threads is {ReadingThreads}, expected at least 1");
        errors.ThrowIfAny("the training run");
    }
}
