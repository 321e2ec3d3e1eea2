using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Scenes;

/// <summary>Synthetic scenes to train on, drawn as they are asked for.</summary>
public sealed class SyntheticClipSource : IClipSource
{
    /// <summary>Grows whenever scenes of the same seed look or sound different than before.</summary>
    private const int Version = 1;

    private readonly ulong _seed;

    /// <summary>Scenes of a seed.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">Other seeds give other scenes.</param>
    /// <param name="shape">Their size.</param>
    /// <exception cref="MmDiffusionException">The shape is not valid.</exception>
    public SyntheticClipSource(int count, ulong seed, ClipShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        shape.Validate();
        (Count, _seed, Shape) = (count, seed, shape);
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"scenes {Version} {count} {seed} {shape}"))));
    }

    /// <inheritdoc/>
    public ClipShape Shape { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public string Digest { get; }

    /// <summary>The seed of a scene, to draw it with <see cref="SyntheticScenes.Create"/>.</summary>
    public ulong SeedOf(int index) => Seeds.Derive(Seeds.Derive(_seed, "scenes"), (ulong)index);

    /// <inheritdoc/>
    public void Read(int index, Span<byte> frames, Span<short> sound)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var clip = SyntheticScenes.Create(SeedOf(index), Shape).Clip;
        clip.Frames.Pixels.CopyTo(frames);
        SoundSamples.Copy(clip.Sound.Samples, sound);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
