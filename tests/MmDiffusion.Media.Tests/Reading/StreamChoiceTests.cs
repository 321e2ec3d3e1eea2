using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>Which of several streams are read.</summary>
[Trait("group", "media")]
public sealed class StreamChoiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A black and a white picture, silence and a tone.</summary>
    private string Make(string name, params string[] options) => TestMedia.Make(
        _folder[name],
        [
            "-f", "lavfi", "-i", "color=black:s=32x24:r=10:d=1", "-f", "lavfi", "-i", "color=white:s=48x36:r=10:d=1", "-f", "lavfi", "-i",
            "anullsrc=r=16000:d=1:cl=mono", "-f", "lavfi", "-i", "sine=500:r=16000:d=1",
            "-pix_fmt", "yuv420p", "-g", "10", .. options,
        ]);

    private static (bool White, bool Tone) Read(string path, StreamChoice? streams = null)
    {
        var clip = ClipReader.ReadClip(MediaFile.Probe(path, streams ?? StreamChoice.Default), new ClipFormat(16, 16, 10, 16_000));
        return (clip.Frames[5].ToArray().Max() > 200, !Audio.IsSilent(clip.Audio.Samples));
    }

    [Theory]
    [InlineData("a.mkv", "-disposition:v:1", "default", "-disposition:v:0", "0", "-disposition:a:1", "default", "-disposition:a:0", "0")]
    [InlineData("a.mp4", "-disposition:v:1", "default", "-disposition:v:0", "0", "-disposition:a:1", "default", "-disposition:a:0", "0")]
    [InlineData(
        "b.mkv",
        "-disposition:v:0",
        "default+comment",
        "-disposition:v:1",
        "0",
        "-disposition:a:0",
        "default+comment",
        "-disposition:a:1",
        "0")]
    [InlineData(
        "c.mkv",
        "-disposition:v:0",
        "default+comment",
        "-disposition:v:1",
        "0",
        "-disposition:a:0",
        "default+visual_impaired",
        "-disposition:a:1",
        "0")]
    [InlineData("d.mkv", "-metadata:s:v:0", "title=Cover", "-metadata:s:a:0", "title=Director's commentary", Traits = ["group", "slow"])]
    public void The_default_streams_are_read_and_comments_and_descriptions_passed_over(string name, params string[] marks)
    {
        var path = Make(name, ["-map", "0", "-map", "1", "-map", "2", "-map", "3", .. marks]);
        Assert.Equal((true, true), Read(path));
        Assert.True(MediaFile.Probe(path) is { VideoStreams: 2, AudioStreams: 2, VideoPosition: 1, AudioPosition: 1, Width: 48 });
        // Alone, even a commentary is read.
        Assert.Equal((false, false), Read(Make("alone" + Path.GetExtension(name), ["-map", "0", "-map", "2", .. marks[..2]])));
    }

    [Theory]
    [InlineData("a.mkv", "-c:v:0", "mjpeg", "-filter:v:0", "trim=end_frame=1")]
    [InlineData("a.mp4", "-filter:v:0", "trim=end_frame=1")]
    [InlineData("a.mkv", "-c:v:0", "png", "-disposition:v:0", "attached_pic", "-filter:v:0", "trim=end_frame=1")]
    public void A_picture_that_stands_is_passed_over(string name, params string[] options)
    {
        var path = Make(
            name,
            [
                "-map", "0", "-map", "1", "-map", "3", "-pix_fmt:v:0",
                options.Contains("png") ? "rgb24" : options.Contains("mjpeg") ? "yuvj420p" : "yuv420p", .. options,
            ]);
        Assert.Equal((true, true), Read(path));
    }

    [Fact]
    public void Streams_are_chosen_by_their_number_and_without_a_mark_the_first_is_read()
    {
        var path = Make("a.mkv", "-map", "0", "-map", "1", "-map", "2", "-map", "3");
        Assert.Equal((false, false), Read(path));
        Assert.Equal((true, true), Read(path, new StreamChoice(1, 1)));
        Assert.Equal((false, true), Read(path, new StreamChoice(Audio: 1)));
        Assert.Contains(
            "has no video stream 2: it has 2, counted from 0",
            Assert.ThrowsAny<MmDiffusionException>(() => Read(path, new StreamChoice(Video: 2))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "has no audio stream 0: it has 0",
            Assert.ThrowsAny<MmDiffusionException>(() => Read(Make("mute.mkv", "-map", "0"), new StreamChoice(Audio: 0))).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            ["", "-v1", "-a0", "-v1-a2"],
            new StreamChoice[] { new(), new(1), new(Audio: 0), new(1, 2) }.Select(choice => choice.Suffix()));
    }

    [Fact]
    public void The_sound_that_is_kept_is_the_one_that_was_chosen()
    {
        var path = Make("a.mkv", "-map", "0", "-map", "2", "-map", "3");
        foreach (var (stream, silent) in new[] { (0, true), (1, false) })
        {
            var original = OriginalAudio.Read(MediaFile.Probe(path, new StreamChoice(Audio: stream)));
            ClipWriter.Write(_folder["clip"], TestMedia.Gradient(frames: 2) with { OriginalAudio = original }, ClipFileFormat.Frames);
            Assert.Equal(silent, Audio.IsSilent(WaveFile.Read(_folder["clip/sound.wav"]).Samples));
        }
    }
}
