using System.Globalization;

namespace MmDiffusion.Data;

/// <summary>Finds the clips that a user means.</summary>
public static class ClipSources
{
    private const string Synthetic = "synth:";

    /// <summary>Opens clips to train on.</summary>
    /// <param name="place">A folder made by packing, a folder of videos, or <c>synth:COUNT</c> or <c>synth:COUNT@SEED</c> for scenes drawn on the way.</param>
    /// <param name="shape">The size of the clips.</param>
    /// <exception cref="MmDiffusionException">There is nothing of that kind, or it does not give clips of that size.</exception>
    public static IClipSource Open(string place, ClipShape shape)
    {
        if (place.StartsWith(Synthetic, StringComparison.Ordinal)) return OpenSynthetic(place, shape);
        return PackIndex.Exists(place) ? new PackedClipSource(place, shape) : new VideoClipSource(place, shape);
    }

    private static Scenes.SyntheticClipSource OpenSynthetic(string place, ClipShape shape)
    {
        var parts = place[Synthetic.Length..].Split('@');
        var seed = 0UL;
        var understood = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1
            && (parts.Length == 1 || (parts.Length == 2 && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out seed)));
        return understood
            ? new Scenes.SyntheticClipSource(count, seed, shape)
            : throw new MmDiffusionException($"'{place}' was not understood; expected {Synthetic}COUNT or {Synthetic}COUNT@SEED with whole numbers, such as {Synthetic}100000@1");
    }
}
