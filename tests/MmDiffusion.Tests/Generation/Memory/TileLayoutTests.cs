using MmDiffusion.Generation.Memory;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation.Memory;

[Trait("group", "unit")]
public sealed class TileLayoutTests
{
    public static TheoryData<int, int, int> Frames =>
        new() { { 256, 256, 32 }, { 128, 128, 8 }, { 256, 448, 32 }, { 16, 16, 2 }, { 64, 320, 32 }, { 32, 32, 32 } };

    [Theory]
    [MemberData(nameof(Frames))]
    public void Every_candidate_covers_the_frame_with_tiles_that_overlap(int height, int width, int step)
    {
        foreach (var layout in TileLayout.Candidates((height, width), step))
        {
            AssertCovers(layout.Places.Select(place => place.Top), layout.Tile.Height, height, step);
            AssertCovers(layout.Places.Select(place => place.Left), layout.Tile.Width, width, step);
        }
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Candidates_begin_with_the_frame_and_shrink(int height, int width, int step)
    {
        var layouts = TileLayout.Candidates((height, width), step).ToList();
        Assert.True(layouts[0].IsWhole);
        Assert.All(layouts.Skip(1), layout => Assert.False(layout.IsWhole));
        Assert.All(layouts.Zip(layouts.Skip(1)), pair =>
            Assert.True(pair.Second.Tile.Height * pair.Second.Tile.Width < pair.First.Tile.Height * pair.First.Tile.Width));
    }

    [Fact]
    public void The_papers_frames_are_parted_upright_and_come_down_to_a_sixteenth() =>
        Assert.Equal([(256, 256), (256, 160), (256, 128), (256, 96), (256, 64), (160, 64), (128, 64), (96, 64), (64, 64)],
            TileLayout.Candidates((256, 256), 32).Select(layout => layout.Tile));

    [Fact]
    public void Weights_are_one_within_and_at_the_frames_edges_and_fall_towards_neighbours()
    {
        using var scope = NewDisposeScope();
        var layout = new TileLayout((64, 128), (64, 80), 16);
        Assert.Equal([(0, 0), (0, 48)], layout.Places);
        var row = layout.Weights((0, 0), CPU)[0, 0, 5].data<float>().ToArray();
        Assert.Equal(1, row[0]);
        Assert.Equal(1, row[63]);
        Assert.True(row[70] > row[79] && row[79] > 0);
    }

    private static void AssertCovers(IEnumerable<int> starts, int tile, int extent, int step)
    {
        var ordered = starts.Distinct().Order().ToList();
        Assert.Equal(0, ordered[0]);
        Assert.Equal(extent, ordered[^1] + tile);
        Assert.All(ordered, start => Assert.Equal(0, start % step));
        Assert.All(ordered.Zip(ordered.Skip(1)), pair =>
            Assert.InRange(pair.First + tile - pair.Second, TileLayout.Overlap(extent, step), tile - step));
    }

    /// <summary>
    /// Of a large frame in tiles of the size that a network was trained on: all of it is covered, and none overlaps more than a part of
    /// itself.
    /// </summary>
    [Theory]
    [InlineData(128, 128, 128)]
    [InlineData(96, 128, 128)]
    [InlineData(720, 1280, 128)]
    [InlineData(2880, 4096, 128)]
    [InlineData(136, 1024, 64)]
    public void Tiles_of_a_size_cover_frames_however_large(int height, int width, int side)
    {
        foreach (var layout in TileLayout.Candidates((height, width), 8, side))
        {
            Assert.True(layout.Tile.Height <= side && layout.Tile.Width <= side);
            var rows = layout.Places.Select(place => place.Top).Distinct().Order().ToList();
            var columns = layout.Places.Select(place => place.Left).Distinct().Order().ToList();
            foreach (var (starts, tile, extent) in new[] { (rows, layout.Tile.Height, height), (columns, layout.Tile.Width, width) })
            {
                Assert.Equal((0, extent), (starts[0], starts[^1] + tile));
                Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1, tile - 1));
            }
        }
        Assert.Equal((Math.Min(side, height), Math.Min(side, width)), TileLayout.Candidates((height, width), 8, side).First().Tile);
    }
}
