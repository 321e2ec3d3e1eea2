using System.Globalization;
using MmDiffusion.Data.Packing;
using MmDiffusion.Data.Videos;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data;

/// <summary>Finds the clips that a user means, and reads them.</summary>
public static class ClipSources
{
    private const string Synthetic = "synth:";

    /// <summary>Opens clips to train on.</summary>
    /// <param name="place">
    /// A folder made by packing, a folder of videos, or <c>synth:COUNT</c> or <c>synth:COUNT@SEED</c> for scenes drawn on the way.
    /// </param>
    /// <param name="shape">The size of the clips.</param>
    /// <param name="streams">Which streams of videos; null for those that a player would show and play.</param>
    /// <exception cref="MmDiffusionException">There is nothing of that kind, or it does not give clips of that size.</exception>
    public static IClipSource Open(string place, ClipShape shape, StreamChoice? streams = null)
    {
        if (ReadsMedia(place)) return new VideoClipSource(place, shape, streams: streams);
        if (streams is not null && streams != StreamChoice.Default)
            throw new MmDiffusionException(
                $"'{place}' has no streams to choose from; only videos have, and those are chosen when they are packed");
        return place.StartsWith(Synthetic, StringComparison.Ordinal) ? OpenSynthetic(place, shape) : new PackedClipSource(place, shape);
    }

    /// <summary>Whether a place has videos, which ffmpeg reads; packed clips and scenes need none.</summary>
    /// <param name="place">As of <see cref="Open"/>.</param>
    public static bool ReadsMedia(string place) => !place.StartsWith(Synthetic, StringComparison.Ordinal) && !PackIndex.Exists(place);

    /// <summary>Reads one clip of a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="index">0 … <see cref="IClipSource.Count"/> - 1.</param>
    /// <param name="mirrored">Whether left and right change places.</param>
    /// <returns>Video [F,3,H,W] and audio [1,L], float32 in [-1, 1].</returns>
    /// <exception cref="MmDiffusionException">The clip cannot be read.</exception>
    public static AudioVideo Read(IClipSource source, int index, bool mirrored = false) =>
        RawClip.Read(source, index, mirrored).ToTensors(source.Shape);

    private static Scenes.SyntheticClipSource OpenSynthetic(string place, ClipShape shape)
    {
        var parts = place[Synthetic.Length..].Split('@');
        var seed = 0UL;
        var understood = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1
            && (parts.Length == 1
                || (parts.Length == 2 && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out seed)));
        return understood
            ? new Scenes.SyntheticClipSource(count, seed, shape)
            : throw new MmDiffusionException(
                $"'{place}' was not understood; expected {Synthetic}COUNT or {Synthetic}COUNT@SEED with "
                + $"whole numbers, such as {Synthetic}100000@1");
    }
}
