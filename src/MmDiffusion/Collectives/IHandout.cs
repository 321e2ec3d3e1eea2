namespace MmDiffusion.Collectives;

/// <summary>Numbers that ranks take as they find time.</summary>
public interface IHandout
{
    /// <summary>Takes the next number. Every rank asks until there is none.</summary>
    /// <returns>One that no other rank has; null when all are taken.</returns>
    /// <exception cref="MmDiffusionException">The rank that hands them out is gone.</exception>
    int? Next();
}
