using System.Globalization;
using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// Averages of a run's weights of any length, made after the run of a few power-function averages that were stored on its way (Karras et
/// al., arXiv 2312.02696, section 3.2): the mixture of the stored ones whose profile over the steps is nearest to the wanted one's, by
/// least squares.
/// </summary>
/// <remarks>
/// The profile of the average of exponent γ at step t is p_{t,γ}(τ) = (γ+1)·τ^γ / t^(γ+1) for 0 ≤ τ ≤ t, and
/// <code>⟨p_{s,γ}, p_{t,δ}⟩ = (γ+1)(δ+1)/(γ+δ+1) · min(s,t)^(γ+δ+1) / (s^(γ+1)·t^(δ+1))</code>
/// </remarks>
public static class PostHocAverage
{
    /// <summary>The relative width of the plain mean of all steps, γ = 0; no average is wider.</summary>
    public static readonly double LargestWidth = Width(0);

    /// <summary>The exponent γ of an average: σ_rel = √(γ+1) / ((γ+2)·√(γ+3)) solved for γ.</summary>
    /// <param name="width">σ_rel, in [0.001, <see cref="LargestWidth"/>].</param>
    /// <exception cref="MmDiffusionException">The width is out of range.</exception>
    public static double ExponentOf(double width)
    {
        if (!(width >= 0.001 && width <= LargestWidth))
            throw new MmDiffusionException(string.Create(
                CultureInfo.InvariantCulture,
                $"the relative width of an average is {width}, expected 0.001 to {LargestWidth:0.###}, usually 0.05 to 0.1"));
        var (low, high) = (0.0, 2000.0);
        while (high - low > 1e-12 * high)
        {
            var middle = (low + high) / 2;
            if (middle == low || middle == high) break;
            if (Width(middle) > width) low = middle;
            else high = middle;
        }
        return low;
    }

    /// <summary>How much of each stored average is in the one that is nearest to a wanted one.</summary>
    /// <param name="stored">Step and relative width of each; at least one.</param>
    /// <param name="step">Step of the wanted average.</param>
    /// <param name="width">Its relative width.</param>
    /// <returns>
    /// A coefficient for each of the stored ones, and the distance of the profiles as a share of the wanted one's norm: 0 where it is met.
    /// </returns>
    /// <exception cref="MmDiffusionException">A width is out of range.</exception>
    public static (IReadOnlyList<double> Coefficients, double Error) Mixture(
        IReadOnlyList<(long Step, double Width)> stored,
        long step,
        double width)
    {
        var exponents = stored.Select(average => (average.Step, Exponent: ExponentOf(average.Width))).ToList();
        var wanted = (Step: step, Exponent: ExponentOf(width));
        using var scope = NewDisposeScope();
        // Profiles of unit norm, so that early ones, which are tall and narrow, do not decide what rounds to nothing.
        var norms = exponents.Select(each => Math.Sqrt(Product(each, each))).ToList();
        var products = exponents.SelectMany((a, i) => exponents.Select((b, j) => Product(a, b) / (norms[i] * norms[j]))).ToArray();
        var against = exponents.Select((each, i) => Product(each, wanted) / norms[i]).ToArray();
        var inverse = linalg.pinv(tensor(products, [stored.Count, stored.Count]), rtol: 1e-13, hermitian: true);
        var coefficients = inverse.mv(tensor(against)).data<double>().ToArray();
        var norm = Product(wanted, wanted);
        var met = coefficients.Zip(against, (c, b) => c * b).Sum();
        return ([.. coefficients.Select((c, i) => c / norms[i])], Math.Sqrt(Math.Max(0, 1 - met / norm)));
    }

    /// <summary>Makes a model of an average of a run.</summary>
    /// <param name="run">The run's folder, with averages stored on its way.</param>
    /// <param name="width">Relative width of the wanted average.</param>
    /// <param name="step">Its step; null for the last that was stored.</param>
    /// <param name="output">The model's folder; an older model in it is replaced.</param>
    /// <param name="type">What the weights are stored as; null for float32.</param>
    /// <returns>The model, and the distance of the profiles as <see cref="Mixture"/> tells it.</returns>
    /// <exception cref="MmDiffusionException">
    /// The run has no stored averages up to that step, a width is out of range, or a folder cannot be read or written.
    /// </exception>
    public static (ModelDirectory Model, double Error) Create(
        TrainingFolder run,
        double width,
        long? step,
        string output,
        ScalarType? type = null)
    {
        ExponentOf(width);
        var steps = run.StoredAverages();
        if (steps.Count == 0)
            throw new MmDiffusionException(
                $"'{run.Path}' has no stored averages; train with average_widths, such as [0.05, 0.1], in the configuration");
        var last = step ?? steps[^1];
        if (last < steps[0] || last > steps[^1])
            throw new MmDiffusionException(
                $"the run in '{run.Path}' stored averages at steps {steps[0]} to {steps[^1]}, none can be made for step {last}");
        // Averages stored a little after the wanted step tell of it, too.
        List<long> used = [.. steps.TakeWhile(stored => stored <= last), .. steps.SkipWhile(stored => stored <= last).Take(1)];
        var files = used.Select(stored => WeightFile.Open(run.AveragesOf(stored))).ToList();
        try
        {
            var widths = files[0].Entries.Select(entry => WidthOf(entry.Name)).Distinct().ToList();
            var (coefficients, error) = Mixture([.. used.SelectMany(stored => widths.Select(each => (stored, each)))], last, width);
            var names = files[0].Entries.Where(entry => entry.Name.StartsWith(Prefix(widths[0]), StringComparison.Ordinal)).ToList();
            var entries = names.Select(entry =>
                new WeightEntry(entry.Name[Prefix(widths[0]).Length..], type ?? ScalarType.Float32, entry.Shape));
            var parts = files.SelectMany(file => widths.Select(each => (File: (IWeightSource)file, Prefix: Prefix(each)))).ToList();
            var description = ModelDirectory.Open(run.Model).Description with
            {
                Source = string.Create(CultureInfo.InvariantCulture, $"mmdiff, average of relative width {width} at step {last}"),
            };
            var model = new ModelDirectory(output, description);
            Directory.CreateDirectory(output);
            model.Save(() =>
                SafetensorsWriter.Write(
                    Path.Combine(output, ModelDirectory.WeightsFile),
                    entries,
                    name => Stored(Mix(parts, coefficients, name), name, type ?? ScalarType.Float32, run.Path),
                    SafetensorsSeal.On()));
            return (model, error);
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    /// <exception cref="MmDiffusionException">Averages of a training that diverged, or values that the type has no place for.</exception>
    private static Tensor Stored(Tensor values, string name, ScalarType type, string run)
    {
        FiniteValues.RequireWeights(values, name, run);
        var stored = values.to_type(type);
        return FiniteValues.AreIn(stored)
            ? stored
            : throw new MmDiffusionException($"'{name}' of the average has values that do not fit {type}; store it as another type");
    }

    /// <summary>Mixes weights.</summary>
    /// <param name="stored">Files that were stored on the way, and what stands there before the parameters' names.</param>
    /// <param name="coefficients">One for each.</param>
    /// <param name="name">The parameter.</param>
    /// <returns>Of the caller's scope, float32.</returns>
    private static Tensor Mix(List<(IWeightSource File, string Prefix)> stored, IReadOnlyList<double> coefficients, string name)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        for (var i = 0; i < stored.Count; i++)
        {
            using var part = NewDisposeScope();
            var share = stored[i].File.Load(stored[i].Prefix + name).to_type(ScalarType.Float64).Times(coefficients[i]);
            if (sum is null) sum = part.MoveToOuter(share);
            else sum.AddInPlace(share);
        }
        return scope.MoveToOuter(sum!.to_type(ScalarType.Float32));
    }

    private static string Prefix(double width) => AverageProfile.PowerFunction(width).Name + ".";

    private static double WidthOf(string name)
    {
        // power_0.05.time_embed.0.weight: the width ends with its own digits, the parameter's name begins after the next dot.
        const string power = "power_";
        var digits = name.Length > power.Length ? name.AsSpan(power.Length) : [];
        var end = digits.IndexOf('.') is >= 0 and var point ? point + 1 + Math.Max(0, digits[(point + 1)..].IndexOf('.')) : 0;
        return name.StartsWith(power, StringComparison.Ordinal)
            && double.TryParse(digits[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out var width)
            && width > 0
            ? width
            : throw new MmDiffusionException($"'{name}' is no parameter of a stored average; name the folder of a run of 'mmdiff train'");
    }

    private static double Width(double exponent) => Math.Sqrt(exponent + 1) / ((exponent + 2) * Math.Sqrt(exponent + 3));

    private static double Product((long Step, double Exponent) a, (long Step, double Exponent) b)
    {
        var (g, d) = (a.Exponent, b.Exponent);
        var powers = (g + d + 1) * Math.Log(Math.Min(a.Step, b.Step)) - (g + 1) * Math.Log(a.Step) - (d + 1) * Math.Log(b.Step);
        return (g + 1) * (d + 1) / (g + d + 1) * Math.Exp(powers);
    }
}
