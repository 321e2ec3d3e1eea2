namespace MmDiffusion.Diffusion;

/// <summary>Which prediction a solver integrates.</summary>
public enum DpmAlgorithm
{
    /// <summary>ε (DPM-Solver, Lu et al., 2022).</summary>
    DpmSolver,

    /// <summary>x_0 (DPM-Solver++, Lu et al., 2022b), which can be kept within the range of data.</summary>
    DpmSolverPlusPlus,
}
