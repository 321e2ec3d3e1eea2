using System.Globalization;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The memory that training a network takes whatever the batch: weights, gradients, moments and averages, in float32. Activations come on
/// top; they depend on the processor's kernels and are measured by <c>mmdiff benchmark --work training</c>.
/// </summary>
/// <param name="Parameters">Of the network.</param>
/// <param name="Averages">Moving averages of them.</param>
/// <param name="MomentShares">Ranks that share the moments, at least 1.</param>
internal sealed record TrainingMemory(long Parameters, int Averages, int MomentShares)
{
    /// <summary>Bytes of this process, at least.</summary>
    internal long Least => sizeof(float) * (Parameters * (2L + Averages) + 2 * Parameters / MomentShares);

    /// <summary>That of a configuration; no weights are allocated for it.</summary>
    internal static TrainingMemory Of(TrainingConfiguration configuration, int momentShares)
    {
        var (model, nowhere) = (configuration.Model, new Device(DeviceType.META));
        using nn.Module network = model.Kind == ModelKind.Joint
            ? new CoupledUNet(model.Coupled!, nowhere)
            : new SuperResolutionUNet(model.SuperResolution!, nowhere);
        return new TrainingMemory(
            network.parameters().Sum(parameter => parameter.numel()),
            configuration.EmaRates.Count + configuration.AverageWidths.Count,
            momentShares);
    }

    /// <summary>Compares with what the machine, or this process's group, has.</summary>
    /// <param name="total">All its memory, bytes.</param>
    /// <param name="attainable">What of it this process can grow to, bytes.</param>
    /// <returns>A warning where it can hardly suffice; null where it may.</returns>
    /// <exception cref="MmDiffusionException">It cannot suffice.</exception>
    internal string? Check(long total, long attainable)
    {
        if (Least <= attainable) return null;
        var need = string.Create(CultureInfo.InvariantCulture,
            $"weights, gradients, moments and averages of {Parameters / 1e6:0.0} million parameters take {Gigabytes(Least)}");
        return Least <= total
            ? $"{need}, and activations come on top, but only {Gigabytes(attainable)} of memory are free: the system may end the training; "
                + "end other programs first, or train where there is more"
            : throw new MmDiffusionException(
                $"the network cannot be trained here: {need}, and activations come on top, but "
                + (MachineMemory.GroupLimit is null ? "the machine has " : "this container or control group may use ")
                + $"{Gigabytes(total)}; train a smaller network, or where there is more memory");
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
