namespace MmDiffusion.Collectives;

/// <summary>Numbers that ranks take as they find time.</summary>
public interface IHandout
{
    /// <summary>Takes the next number. Every rank asks until there is none.</summary>
    /// <returns>One that no other rank has; null when all are taken.</returns>
    /// <exception cref="MmDiffusionException">The rank that hands them out is gone.</exception>
    int? Next();

    /// <summary>Ends the hand-out for all ranks, instead of asking on: what nobody has taken stays untaken.</summary>
    /// <exception cref="MmDiffusionException">The rank that hands them out is gone.</exception>
    void Abandon();
}
