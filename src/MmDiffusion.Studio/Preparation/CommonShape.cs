namespace MmDiffusion.Studio.Preparation;

/// <summary>The one shape of all clips of a study: black bars, or a cut picture, would tell whose a clip is.</summary>
internal static class CommonShape
{
    /// <summary>The shape asked for, or the one that all clips have.</summary>
    /// <exception cref="MmDiffusionException">They have different ones, and none was asked for.</exception>
    internal static AspectRatio Of(IReadOnlyList<SourceClip> clips, AspectRatio? asked)
    {
        if (asked is { } shape) return shape;
        var shapes = clips.Select(clip => ShapeOf(clip).Reduced()).Distinct().ToList();
        var largest = ShapeOf(clips.MaxBy(clip => (long)clip.Media.Width * clip.Media.Height)!);
        if (shapes.All(largest.Resembles)) return largest;
        var systems = clips.GroupBy(clip => clip.System)
            .Select(system => $"{system.Key} {string.Join(" and ", system.Select(clip => $"{clip.Media.Width}x{clip.Media.Height}").Distinct().Take(3))}");
        throw new MmDiffusionException(
            $"the clips have different shapes, by which the systems could be told apart: {string.Join(", ", systems)}; add --crop {LeastLoss(shapes)}, or another shape, to cut all of them alike around their middle");
    }

    /// <summary>Of the shapes that there are, the one that takes least from whoever loses most.</summary>
    private static AspectRatio LeastLoss(List<AspectRatio> shapes) =>
        shapes.MinBy(shape => shapes.Max(other => Math.Max(shape.Value / other.Value, other.Value / shape.Value)));

    private static AspectRatio ShapeOf(SourceClip clip) => new(clip.Media.Width, clip.Media.Height);
}
