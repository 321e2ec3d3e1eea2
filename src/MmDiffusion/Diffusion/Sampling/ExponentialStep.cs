using MmDiffusion.Diffusion.Schedules;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>
/// The exact part of a step of the diffusion ODE, x_to = scale·x_from − weight·∫ e^… m dλ, in the form that DPM-Solver (m = ε, g
/// = h) and DPM-Solver++ (m = x_0, g = −h) share, with h = λ_to − λ_from. Taylor's terms of m come with φ_1, φ_2, φ_3 of g.
/// </summary>
internal readonly record struct ExponentialStep(double Scale, double Weight, double G)
{
    /// <summary>The step between two noise levels.</summary>
    internal static ExponentialStep Between(DpmAlgorithm algorithm, NoiseLevel from, NoiseLevel to) => algorithm == DpmAlgorithm.DpmSolver
        ? new(to.Signal / from.Signal, to.Noise, to.LogSnr - from.LogSnr)
        : new(to.Noise / from.Noise, to.Signal, from.LogSnr - to.LogSnr);

    /// <summary>weight·(e^g − 1).</summary>
    internal double W1 => Weight * Phi1;

    /// <summary>weight·((e^g − 1)/g − 1).</summary>
    internal double W2 => Weight * Phi2;

    /// <summary>weight·(((e^g − 1)/g − 1)/g − ½).</summary>
    internal double W3 => Weight * (Phi2 / G - 0.5);

    private double Phi1 => double.ExpM1(G);

    private double Phi2 => Phi1 / G - 1;
}
