using static TorchSharp.torch;

namespace MmDiffusion.Generation.Memory;

/// <summary>
/// Where the tiles of a frame lie: all of one size, over the whole frame, each overlapping its neighbours, with weights that fall towards a
/// tile's inner edges, so that no seam shows.
/// </summary>
internal sealed class TileLayout
{
    private readonly int _step;

    /// <summary>Spreads tiles evenly.</summary>
    /// <param name="frame">Height and width of the frame.</param>
    /// <param name="tile">Of a tile: multiples of <paramref name="step"/>, or the frame's own.</param>
    /// <param name="step">Tiles begin at multiples of it.</param>
    internal TileLayout((int Height, int Width) frame, (int Height, int Width) tile, int step)
    {
        (_step, Frame, Tile) = (step, frame, tile);
        var (tops, lefts) = (Starts(frame.Height, tile.Height), Starts(frame.Width, tile.Width));
        Places = [.. tops.SelectMany(top => lefts.Select(left => (top, left)))];
    }

    /// <summary>Height and width of the frame.</summary>
    internal (int Height, int Width) Frame { get; }

    /// <summary>Height and width of a tile.</summary>
    internal (int Height, int Width) Tile { get; }

    /// <summary>The upper left corners.</summary>
    internal IReadOnlyList<(int Top, int Left)> Places { get; }

    /// <summary>Whether there is one tile, the frame.</summary>
    internal bool IsWhole => Tile == Frame;

    /// <summary>Pixels that tiles overlap by, at least.</summary>
    internal static int Overlap(int extent, int step) => Math.Max(1, (extent / 8 + step - 1) / step) * step;

    /// <summary>The same where tiles are small beside the frame: then it is a part of the tile.</summary>
    private static int Overlap(int extent, int tile, int step) =>
        Overlap(extent, step) is var overlap && tile >= 2 * overlap ? overlap : Overlap(tile, step);

    /// <summary>
    /// Every layout of a frame, the whole frame first, then smaller and smaller tiles, no narrower than two overlaps. Tiles stay as high as
    /// the frame while they can: what is above and what is below tells a network more than what is beside (docs/performance.md).
    /// </summary>
    /// <param name="frame">Height and width of the frame.</param>
    /// <param name="step">Tiles begin at multiples of it.</param>
    /// <param name="largest">What the sides of a tile are at most, a multiple of <paramref name="step"/>; null for the frame's.</param>
    internal static IEnumerable<TileLayout> Candidates((int Height, int Width) frame, int step, int? largest = null)
    {
        if (largest is { } side && (frame.Height > side || frame.Width > side))
            return [.. Candidates((Math.Min(side, frame.Height), Math.Min(side, frame.Width)), step).Select(layout =>
                Of(layout.Tile.Height, layout.Tile.Width))];
        var (heights, widths) = (Extents(frame.Height, step), Extents(frame.Width, step));
        return [.. widths.Select(width => Of(frame.Height, width)), .. heights.Skip(1).Select(height => Of(height, widths[^1]))];

        TileLayout Of(int height, int width) => new(frame, (height, width), step);
    }

    /// <summary>A part of a frame [N,C,H,W], a view.</summary>
    internal Tensor Cut(Tensor frame, (int Top, int Left) place) =>
        frame.narrow(2, place.Top, Tile.Height).narrow(3, place.Left, Tile.Width);

    /// <summary>
    /// How much each pixel of a tile counts, [1,1,h,w], above 0: 1 within, falling over the overlap towards edges that are not the frame's.
    /// </summary>
    internal Tensor Weights((int Top, int Left) place, Device device)
    {
        using var scope = NewDisposeScope();
        var rows = Ramp(place.Top, Tile.Height, Frame.Height, device).view(-1, 1);
        var columns = Ramp(place.Left, Tile.Width, Frame.Width, device).view(1, -1);
        return (rows * columns).unsqueeze(0).unsqueeze(0).MoveToOuterDisposeScope();
    }

    private Tensor Ramp(int start, int length, int extent, Device device)
    {
        var overlap = Overlap(extent, length, _step);
        return tensor([.. Enumerable.Range(0, length).Select(Weight)], device: device);

        float Weight(int i)
        {
            var before = start == 0 ? overlap : i + 0.5f;
            var behind = start + length == extent ? overlap : length - i - 0.5f;
            return Math.Min(1, Math.Min(before, behind) / overlap);
        }
    }

    private int[] Starts(int extent, int tile)
    {
        if (tile >= extent) return [0];
        var overlap = Overlap(extent, tile, _step);
        var count = (extent - overlap + tile - overlap - 1) / (tile - overlap);
        return [.. Enumerable.Range(0, count)
            .Select(i => (int)Math.Round((double)(extent - tile) * i / (count - 1) / _step) * _step)
            .Distinct()];
    }

    private static List<int> Extents(int extent, int step)
    {
        var overlap = Overlap(extent, step);
        var extents = new List<int> { extent };
        for (var count = 2; ; count++)
        {
            // The smallest tiles of which so many suffice.
            var tile = ((extent + (count - 1) * overlap + count - 1) / count + step - 1) / step * step;
            if (tile < 2 * overlap || tile >= extent) return extents;
            if (tile < extents[^1]) extents.Add(tile);
            if (tile == 2 * overlap) return extents;
        }
    }
}
