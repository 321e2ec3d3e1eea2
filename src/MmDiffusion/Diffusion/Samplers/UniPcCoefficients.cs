namespace MmDiffusion.Diffusion;

/// <summary>
/// The weights ρ of UniPC's divided differences (Zhao et al., 2023): Σ_k ρ_k·r_k^i = (i+1)!·ψ_i / B(g) for i = 0 … p−1, with
/// ψ_0 = (e^g − 1)/g − 1 and ψ_i = ψ_{i-1}/g − 1/(i+1)!, integrates the prediction's Taylor terms up to order p exactly.
/// </summary>
internal static class UniPcCoefficients
{
    /// <summary>Solves for the weights.</summary>
    /// <param name="ratios">r_k, where the k-th point lies in λ as a fraction of the step from its start.</param>
    /// <param name="g">The step's g; see <see cref="ExponentialStep"/>.</param>
    /// <param name="variant">Which B.</param>
    internal static double[] Weights(IReadOnlyList<double> ratios, double g, UniPcVariant variant)
    {
        var order = ratios.Count;
        // One point can satisfy one condition only; ½ is its limit for short steps and what the paper recommends.
        if (order == 1) return [0.5];
        var b = B(g, variant);
        var system = new double[order, order + 1];
        var (phi, factorial) = (double.ExpM1(g) / g - 1, 1.0);
        for (var i = 0; i < order; i++)
        {
            for (var k = 0; k < order; k++) system[i, k] = Math.Pow(ratios[k], i);
            system[i, order] = phi * factorial / b;
            factorial *= i + 2;
            phi = phi / g - 1 / factorial;
        }
        return Solve(system);
    }

    /// <summary>B(g).</summary>
    internal static double B(double g, UniPcVariant variant) => variant == UniPcVariant.Bh1 ? g : double.ExpM1(g);

    /// <summary>Gauss–Jordan elimination with row exchanges, on at most three unknowns.</summary>
    private static double[] Solve(double[,] system)
    {
        var size = system.GetLength(0);
        for (var column = 0; column < size; column++)
        {
            var pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(system[row, column]));
            for (var k = 0; k <= size; k++) (system[column, k], system[pivot, k]) = (system[pivot, k], system[column, k]);
            for (var row = 0; row < size; row++)
            {
                if (row == column) continue;
                var factor = system[row, column] / system[column, column];
                for (var k = column; k <= size; k++) system[row, k] -= factor * system[column, k];
            }
        }
        return [.. Enumerable.Range(0, size).Select(row => system[row, size] / system[row, row])];
    }
}
