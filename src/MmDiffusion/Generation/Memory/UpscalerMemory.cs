using System.Globalization;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Model.SuperResolution;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation.Memory;

/// <summary>
/// How much memory it takes to enlarge frames, estimated from the network's sizes: most of it are the features of full resolution, which
/// grow with the pixels that are computed at once. docs/performance.md has estimates beside what was measured.
/// </summary>
internal sealed class UpscalerMemory
{
    /// <summary>The program with its libraries, and what they keep besides weights and features.</summary>
    private const long Program = 350_000_000;

    /// <summary>Copies that libraries make of features, and what stays unused between blocks of memory.</summary>
    private const double Overhead = 1.3;

    /// <summary>More than any of our upscalers takes beside its weights.</summary>
    private const long Plenty = 2_000_000_000;

    /// <summary>What is said is rounded up, so that it suffices.</summary>
    private const long Rounding = 5_000_000;

    private readonly string _name;
    private readonly int _stride;
    private readonly long _fixed;
    private readonly double _perPixel;
    private readonly double _keptPerPixel;

    /// <summary>Estimates.</summary>
    /// <param name="model">The upscaler.</param>
    /// <param name="reuses">Whether deep features are kept between calls.</param>
    /// <param name="others">Bytes of weights that are loaded beside the upscaler's.</param>
    internal UpscalerMemory(Upscaler model, bool reuses, long others)
        : this(model.Directory.Name, model.Configuration, model.Stride, model.ComputeType, reuses, model.WeightBytes + others)
    {
    }

    private UpscalerMemory(
        string name,
        SuperResolutionConfiguration configuration,
        int stride,
        ScalarType computeType,
        bool reuses,
        long weights)
    {
        (_name, _stride, _fixed) = (name, stride, Program + weights);
        var bytes = Overhead * (computeType == ScalarType.BFloat16 ? 2 : 4);
        _perPixel = bytes * Channels(configuration);
        _keptPerPixel = reuses ? bytes * SecondLevel(configuration) : 0;
    }

    /// <summary>
    /// Fails where a limit cannot suffice for an upscaler, whatever is enlarged, and warns where there is no limit and the machine has too
    /// little; no weights are read for it.
    /// </summary>
    /// <param name="upscaler">The folder of the upscaler.</param>
    /// <param name="joint">The folder of the joint model that is loaded beside it; null for none.</param>
    /// <param name="options">How frames are enlarged.</param>
    /// <param name="models">Device and precision.</param>
    /// <param name="attainable">What this process can grow to, bytes.</param>
    /// <returns>The warning; null where memory may suffice.</returns>
    /// <exception cref="MmDiffusionException">Not even the smallest tiles fit the limit.</exception>
    internal static string? Require(
        ModelDirectory upscaler,
        ModelDirectory? joint,
        UpscalingOptions options,
        ModelOptions models,
        long attainable)
    {
        if (upscaler.Description.SuperResolution is not { } configuration) return null;
        // Nothing is counted where there is plenty, which is nearly always.
        if (options.MemoryLimit is null && attainable > Plenty + (upscaler.Weights is { } file ? new FileInfo(file).Length : 0))
            return null;
        using var network = (SuperResolutionUNet)ModelImporter.NewNetwork(upscaler.Description, new Device(DeviceType.META));
        var others = joint is null ? 0 : BytesOf(joint.Description);
        // What is large leaves the memory while the upscaler works.
        if (models.Device.type == DeviceType.CPU && others >= LoadedModel.Large) others = 0;
        var memory = new UpscalerMemory(
            upscaler.Name, configuration, network.Stride, PrecisionChoice.For(models.Precision, models.Device).Type, options.Reuse > 1,
            LoadedModel.BytesOf(network) + others);
        // Larger frames are cut into tiles no larger than these; smaller ones are no smaller than what the network was trained on.
        var frame = joint?.Description.Coupled is { } coupled
            ? (Enlarged(coupled.Height), Enlarged(coupled.Width))
            : (configuration.LargeSize, configuration.LargeSize);
        if (options.MemoryLimit is not { } limit) return memory.Warn(frame, attainable);
        memory.Plan(frame, framesAtOnce: 1, limit);
        return null;

        int Enlarged(int extent) => (int)Math.Round(extent * ((double)configuration.LargeSize / configuration.SmallSize));
    }

    private string? Warn((int Height, int Width) frame, long attainable)
    {
        var least = Estimate(1, TileLayout.Candidates(frame, _stride).Last());
        return least <= attainable
            ? null
            : $"the upscaler '{_name}' needs about {Gigabytes(least)} in its smallest tiles, but only {Gigabytes(attainable)} of memory "
                + "can be had here: the system may end the program; allow it more, end other programs, or do without an upscaler";
    }

    private static long BytesOf(ModelDescription description)
    {
        using var network = ModelImporter.NewNetwork(description, new Device(DeviceType.META));
        return LoadedModel.BytesOf(network);
    }

    /// <summary>Bytes of the whole process.</summary>
    /// <param name="frames">Frames at once.</param>
    /// <param name="layout">What of a frame is computed at once.</param>
    internal long Estimate(int frames, TileLayout layout) => _fixed + frames * OfFrame(layout);

    /// <summary>How to enlarge within a limit: as many frames at once as fit, or one frame in the largest tiles that fit.</summary>
    /// <param name="frame">Height and width of the enlarged frames.</param>
    /// <param name="framesAtOnce">Frames at once if there is no want of memory.</param>
    /// <param name="limit">Bytes of the whole process; null for what the machine has, which is never too little.</param>
    /// <param name="largest">What the sides of a tile are at most; null for whole frames where they fit.</param>
    /// <exception cref="MmDiffusionException">Not even the smallest tiles fit the limit that was given.</exception>
    internal (int FramesAtOnce, TileLayout Tiles) Plan((int Height, int Width) frame, int framesAtOnce, long? limit, int? largest = null)
    {
        var bytes = limit ?? MachineMemory.Attainable;
        var layouts = TileLayout.Candidates(frame, _stride, largest).ToList();
        var fits = layouts.Find(layout => Estimate(1, layout) <= bytes);
        if (fits is null && limit is not null)
        {
            var least = layouts[^1].Tile;
            throw new MmDiffusionException(
                $"memory is limited to {Gigabytes(bytes)}, but the upscaler '{_name}' needs at least "
                + $"{Gigabytes(Estimate(1, layouts[^1]) + Rounding)}, "
                + $"with tiles of {least.Height}×{least.Width} pixels");
        }
        var layout = fits ?? layouts[^1];
        var frames = layout.IsWhole ? (int)Math.Clamp((bytes - _fixed) / OfFrame(layout), 1, framesAtOnce) : 1;
        return (frames, layout);
    }

    // One tile is computed at a time, but each keeps its features from call to call.
    private long OfFrame(TileLayout layout) =>
        (long)((_perPixel + _keptPerPixel * layout.Places.Count) * layout.Tile.Height * layout.Tile.Width);

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB");

    /// <summary>Channels of full resolution that live at the same time, at most, in the last level of the decoder.</summary>
    private static long Channels(SuperResolutionConfiguration c)
    {
        long first = c.BaseChannels * c.ChannelMultipliers[0], second = SecondLevel(c);
        // Behind the stage that doubles: every skip of the level, and a block's input, normed, convolved, normed, convolved.
        var doubling = (c.BlocksPerLevel + 1) * first + 5 * second;
        // The first block that joins: the skips left, the joined input and normed, convolved, normed, convolved, and the input convolved.
        var joining = c.BlocksPerLevel * first + 2 * (first + second) + 4 * first;
        return Math.Max(doubling, joining);
    }

    /// <summary>Channels that come up from the second level, which are what is kept where deep features are reused.</summary>
    private static long SecondLevel(SuperResolutionConfiguration c) =>
        c.BaseChannels * c.ChannelMultipliers[Math.Min(1, c.ChannelMultipliers.Count - 1)];
}
