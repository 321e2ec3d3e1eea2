using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Scenes;

/// <summary>Synthetic scenes to train on, drawn as they are asked for. Sources of different seeds share no scene.</summary>
public sealed class SyntheticClipSource : IClipSource
{
    /// <summary>Grows whenever any seed gives other bytes than before.</summary>
    private const int Version = 3;

    private readonly ulong _seed;

    /// <summary>Names the scenes.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">Of all of them.</param>
    /// <param name="shape">Size, rates and lengths of every clip.</param>
    /// <exception cref="MmDiffusionException">The shape or the count is not possible.</exception>
    public SyntheticClipSource(int count, ulong seed, ClipShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        shape.Validate();
        if (count < 1) throw new MmDiffusionException($"the number of synthetic scenes is {count}, expected at least 1");
        (Count, _seed, Shape) = (count, seed, shape);
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"scenes {Version} {count} {seed} {shape.Canonical()}"))));
    }

    /// <summary>Of all scenes.</summary>
    internal ulong Seed => _seed;

    /// <inheritdoc/>
    public ClipShape Shape { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public string Digest { get; }

    /// <summary>The seed of a clip's scene, for <see cref="SyntheticScenes.Create"/>.</summary>
    /// <param name="index">0 … <see cref="Count"/> - 1.</param>
    public ulong SeedOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Seeds.Derive(Seeds.Derive(_seed, "scenes"), (ulong)index);
    }

    /// <summary>What happens in a clip.</summary>
    /// <param name="index">0 … <see cref="Count"/> - 1.</param>
    public SceneKind KindOf(int index) => SyntheticScenes.KindOf(SeedOf(index));

    /// <inheritdoc/>
    public string LabelOf(int index) => SyntheticScenes.KindOf(SeedOf(index)).Name();

    /// <inheritdoc/>
    public void Read(int index, Span<byte> frames, Span<short> sound)
    {
        if (frames.Length != Shape.FrameBytes())
            throw new ArgumentException($"{frames.Length} bytes for frames of {Shape.FrameBytes()} bytes", nameof(frames));
        if (sound.Length != Shape.AudioLength)
            throw new ArgumentException($"{sound.Length} samples for a sound of {Shape.AudioLength} samples", nameof(sound));
        var (seed, samples) = (SeedOf(index), new float[Shape.AudioLength]);
        SyntheticScenes.Render(seed, Shape, SyntheticScenes.KindOf(seed), frames, samples);
        AudioSamples.Copy(samples, sound);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
