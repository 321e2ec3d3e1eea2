using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Alignment;

[Trait("group", "unit")]
public sealed class OpticalFlowTests
{
    private const int Side = 32;

    [Theory]
    [InlineData(32, 0, 0)]
    [InlineData(32, 0.5, 0)]
    [InlineData(32, 1.5, 1)]
    [InlineData(32, 4, 2)]
    [InlineData(32, 0, -5)]
    [InlineData(128, 3, 0)] // Shrunk, and as large a share of the frame.
    public void What_moves_is_followed(int side, double across, double down)
    {
        var speed = Assert.Single(OpticalFlow.Of(Moving(side, [(0, 0), (across, down)])));
        var expected = Math.Sqrt(across * across + down * down) / Side;
        // What comes in at the edges was not there before.
        Assert.InRange(speed, expected, 1.3 * expected);
    }

    [Fact]
    public void A_flat_picture_that_becomes_bright_does_not_move() =>
        Assert.Equal([0, 0, 0], OpticalFlow.Of(Clips.FlashingAt(4, [2], []).Frames));

    [Fact]
    public void A_jump_is_an_event()
    {
        var places = Enumerable.Range(0, 12).Select(frame => (0.2 * frame + (frame >= 7 ? 3 : 0), 0.0));
        var clip = Clips.FlashingAt(12, [], [7]) with { Frames = Moving(Side, [.. places]) };
        Assert.Equal([7], EventDetector.Moved(ChangeTrack.Of(clip)));
    }

    /// <summary>A pattern that moves by parts of 1/32 of a side.</summary>
    private static Frames Moving(int side, (double Across, double Down)[] places)
    {
        var pixels = new byte[places.Length * side * side * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (frame, row, column) = (i / (side * side * 3), i / (side * 3) % side, i / 3 % side);
            var (x, y) = ((column + 0.5) * Side / side - places[frame].Across, (row + 0.5) * Side / side - places[frame].Down);
            pixels[i] = (byte)(128 + 50 * Math.Sin(0.5 * x + 0.3 * y) + 50 * Math.Cos(0.35 * x - 0.6 * y));
        }
        return new Frames(pixels, side, side, 10);
    }
}
