namespace MmDiffusion.Training;

/// <summary>What a look at a run found.</summary>
/// <param name="Step">Of the run.</param>
/// <param name="Seen">Loss of the averaged weights on clips trained on, by range of timesteps, see <see cref="HeldOutLoss"/>.</param>
/// <param name="Unseen">The same on clips held out; null where there are none.</param>
/// <param name="Sheet">The picture of samples; null where none was asked for.</param>
public sealed record ReviewReport(long Step, IReadOnlyList<double> Seen, IReadOnlyList<double>? Unseen, string? Sheet);
