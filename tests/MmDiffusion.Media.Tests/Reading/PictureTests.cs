using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>Pictures that are not progressive, of a standard dynamic range, and tagged.</summary>
[Trait("group", "media")]
public sealed class PictureTests : IDisposable
{
    private const string ToLinear =
        "format=yuv444p12,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709,zscale=transfer=linear:npl=100,"
        + "format=gbrpf32le,zscale=primaries=2020,";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Colour(string path)
    {
        var frames = ClipReader.ReadFrames(path, new ClipFormat(16, 16, 10, 16_000), frameCount: 1);
        return frames[0].Slice((8 * 16 + 8) * 3, 3).ToArray();
    }

    private static void AssertNear(byte[] expected, byte[] found, int tolerance) =>
        Assert.All(expected.Zip(found), pair =>
            Assert.True(
                Math.Abs(pair.First - pair.Second) <= tolerance,
                $"expected {string.Join(' ', expected)}, found {string.Join(' ', found)}"));

    /// <summary>
    /// What was within the range of screens comes back; what is brighter is compressed, and still brighter than white was before.
    /// </summary>
    [Theory]
    [InlineData("smpte2084", "0x808080", 128, 128, 128, 3)]
    [InlineData("smpte2084", "0x804020", 128, 64, 32, 5, Traits = ["group", "slow"])]
    [InlineData("arib-std-b67", "0x606060", 96, 96, 96, 12, Traits = ["group", "slow"])]
    public void A_high_dynamic_range_is_mapped_to_that_of_screens(
        string transfer,
        string colour,
        byte red,
        byte green,
        byte blue,
        int tolerance)
    {
        Assert.SkipUnless(Ffmpeg.CanToneMap, "this ffmpeg has no zscale and tonemap");
        var path = TestMedia.Make(
            _folder["hdr.mkv"], "-f", "lavfi", "-i", $"color={colour}:s=64x64:r=10:d=0.3", "-vf",
            $"{ToLinear}zscale=transfer={transfer}:matrix=2020_ncl:npl=100:range=limited,format=yuv422p10",
            "-c:v", "ffv1", "-color_trc",
            transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc");

        Assert.True(MediaFile.Probe(path) is { IsHighDynamicRange: true, IsInterlaced: false });
        ClipReader.ReadFrames(MediaFile.Probe(path), new ClipFormat(8, 8, 10, 16000), onNotice: notice => Assert.Fail($"{notice}"));
        AssertNear([red, green, blue], Colour(path), tolerance);
    }

    /// <summary>A white bar that moves by 8 columns from field to field: combs where both fields of a frame are shown together.</summary>
    [Theory]
    [InlineData("tinterlace=interleave_top,setfield=tff", "+ilme+ildct", "top=1")]
    [InlineData("tinterlace=interleave_bottom,setfield=bff", "+ilme+ildct", "top=0")]
    public void An_interlaced_picture_has_no_combs(string filter, string flags, string order)
    {
        var path = TestMedia.Make(
            _folder["interlaced.mkv"], "-f", "lavfi", "-i", "color=black:s=96x64:r=50:d=1", "-f", "lavfi", "-i",
            "color=white:s=8x64:r=50:d=1", "-filter_complex", $"[0][1]overlay=x='mod(n*8,88)':y=0,{filter}", "-pix_fmt", "yuv420p",
            "-c:v",
            "mpeg2video", "-q:v", "2", "-flags", flags, "-top", order[^1..]);

        Assert.True(MediaFile.Probe(path).IsInterlaced);
        var frames = ClipReader.ReadFrames(path, new ClipFormat(64, 96, 25, 16_000));
        Assert.InRange(frames.Count, 24, 26);
        for (var frame = 4; frame < 20; frame++)
        {
            // Rows of one field differ from those between them by a whole bar where fields are woven.
            var differences = Enumerable.Range(8, 48).Average(row =>
                Enumerable.Range(0, 96).Average(column => Math.Abs(Level(frame, row, column) - Level(frame, row + 1, column))));
            Assert.InRange(differences, 0, 12);
        }

        double Level(int frame, int row, int column) => frames[frame][(row * 96 + column) * 3 + 1];
    }

    [Theory]
    [InlineData(1280, 720, null, "bt709")]
    [InlineData(720, 1280, null, "bt709")] // upright HD
    [InlineData(720, 576, null, "bt601")]
    [InlineData(96, 64, null, "bt601", Traits = ["group", "slow"])]
    [InlineData(1280, 720, "smpte170m", "bt601")] // a tag counts
    [InlineData(96, 64, "bt709", "bt709", Traits = ["group", "slow"])]
    [InlineData(1280, 720, "bt709", "bt709")] // ffmpeg scales it in steps
    public void Colours_without_a_tag_are_those_that_players_assume_for_their_size(int width, int height, string? tag, string matrix)
    {
        byte[] colour = [200, 60, 40];
        var path = TestMedia.Make(
            _folder["film.mkv"],
            [
                "-f",
                "lavfi",
                "-i",
                $"color=0x{Convert.ToHexString(colour)}:s={width}x{height}:r=10:d=0.2",
                "-vf",
                $"format=rgb24,scale=out_color_matrix={matrix}:out_range=tv:flags=accurate_rnd,format=yuv444p",
                "-c:v",
                "ffv1",
                .. tag is null ? (string[])[] : ["-colorspace", tag],
            ]);
        var frames = ClipReader.ReadFrames(path, new ClipFormat(16, 16, 10, 16_000), frameCount: 1);
        AssertNear(colour, frames[0].Slice((8 * 16 + 8) * 3, 3).ToArray(), 2);
    }
}
