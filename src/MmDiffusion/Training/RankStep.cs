namespace MmDiffusion.Training;

/// <summary>What a rank tells the others after its share of a step.</summary>
/// <param name="Seconds">How long it computed.</param>
/// <param name="Parts">Losses of its parts, in their order.</param>
internal sealed record RankStep(double Seconds, IReadOnlyList<PartLoss> Parts);
