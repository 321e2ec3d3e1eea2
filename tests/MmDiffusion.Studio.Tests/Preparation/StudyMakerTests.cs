using System.Text;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Preparation;

/// <summary>Studies of real files of two systems, which differ in size, shape, rates and length.</summary>
[Trait("group", "media")]
public sealed class StudyMakerTests : IDisposable
{
    private readonly TemporaryStudies _studies = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _studies.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Files_of_all_systems_and_checks_are_alike_but_for_what_is_seen_and_heard()
    {
        await StudyMaker.CreateAsync(_studies.Database, Request(new AspectRatio(1, 1)));
        var files = Stored();
        Assert.Equal(2 * 2 + 2, files.Count);
        Assert.Single(files.Select(file => file.Length).Distinct());
        var media = files.Select((bytes, index) => MediaFile.Probe(Save(bytes, index))).ToList();
        Assert.Single(media.Select(file =>
            (file.Width, file.Height, file.FrameRate, file.SampleRate, file.Container,
                Math.Round(file.VideoEnd, 3), Math.Round(file.Duration, 3))).Distinct());
        Assert.Equal(media[0].Width, media[0].Height);
        Assert.Equal(0.8, media[0].VideoEnd, 2);
        foreach (var text in files.Select(Encoding.Latin1.GetString))
            foreach (var trace in (string[])["scene-", "real", "ours", "creation_time", "title"])
                Assert.DoesNotContain(trace, text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task No_clip_has_bars_by_which_its_shape_could_be_told()
    {
        await StudyMaker.CreateAsync(
            _studies.Database,
            Request(new AspectRatio(3, 2)) with { Systems = [White("wide", 160, 64), White("high", 48, 96)] });
        using var context = _studies.Database.Read();
        foreach (var clip in context.Clips.Where(clip => clip.System != "").ToList())
        {
            var frames = ClipReader.ReadClip(
                Save(context.Media.Single(media => media.ClipId == clip.Id).Bytes, 0),
                ClipFormat.Native(MediaFile.Probe(_folder["0.mp4"]))).Frames;
            Assert.Equal(1.5, (double)frames.Width / frames.Height, 0.02);
            Assert.All(frames.Pixels, value => Assert.InRange(value, 240, 255));
        }
    }

    [Fact]
    public async Task Different_shapes_are_refused_with_what_to_do()
    {
        var failure = await Assert.ThrowsAnyAsync<MmDiffusionException>(() => StudyMaker.CreateAsync(_studies.Database, Request(null)));
        Assert.Contains("real 128x96, ours 32x32", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--crop ", failure.Message, StringComparison.Ordinal);
        using var context = _studies.Database.Read();
        Assert.Empty(context.Studies);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task A_clip_whose_file_does_not_tell_its_length_is_measured_and_one_too_short_to_judge_is_refused()
    {
        var request = Request(new AspectRatio(1, 1));
        var systems = request.Systems.Take(1).Append(("streamed", _folder["streamed"])).ToList();
        Directory.CreateDirectory(_folder["streamed"]);
        foreach (var name in new[] { "a", "b" }) Stream($"{name}.webm", 0.7);
        await StudyMaker.CreateAsync(_studies.Database, request with { Systems = systems });
        Assert.All(Stored(), bytes => Assert.Equal(0.7, MediaFile.Probe(Save(bytes, 9)).VideoSeconds, 0.08));

        Stream("b.webm", 0.3);
        var failure = await Assert.ThrowsAnyAsync<MmDiffusionException>(() =>
            StudyMaker.CreateAsync(_studies.Database, request with { Name = "other", Systems = systems }));
        Assert.Contains("b.webm' is 0.3 s long, too short to be judged", failure.Message, StringComparison.Ordinal);

        // As browsers record: the header is written before anything is known.
        void Stream(string name, double seconds)
        {
            using var process = System.Diagnostics.Process.Start("ffmpeg", [
                "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", FormattableString.Invariant($"testsrc=s=64x64:r=20:d={seconds}"),
                "-f", "lavfi", "-i", FormattableString.Invariant($"sine=d={seconds}"),
                "-c:v", "libvpx", "-deadline", "realtime", "-c:a",
                "libopus", "-live", "1", _folder[$"streamed/{name}"],
            ]);
            process.WaitForExit();
        }
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task Clips_that_look_and_sound_the_same_are_named()
    {
        var made = await StudyMaker.CreateAsync(
            _studies.Database,
            Request(new AspectRatio(3, 2)) with { Systems = [White("wide", 160, 64), White("high", 48, 96)] });
        var notice = Assert.Single(made.Notices);
        foreach (var name in (string[])["4 clips", "'" + Path.Combine(_folder["wide"], "0.mp4") + "' of wide", "of high"])
            Assert.Contains(name, notice, StringComparison.Ordinal);
        Assert.Empty((await StudyMaker.CreateAsync(_studies.Database, Request(new AspectRatio(1, 1)) with { Name = "different" })).Notices);
    }

    [Fact]
    public async Task Videos_of_every_kind_are_taken_and_what_is_passed_over_is_named()
    {
        var request = Request(new AspectRatio(1, 1));
        var (real, ours) = (request.Systems[0].Folder, request.Systems[1].Folder);
        foreach (var (name, format) in new[]
        {
            ("card.MTS", "mpegts"),
            ("disc.m2ts", "mpegts"),
            ("phone.3g2", "mp4"),
            ("below/tape.mxf", "matroska"),
        }) Rename(real, name, format);
        File.WriteAllText(Path.Combine(real, "notes.txt"), "");
        File.WriteAllText(Path.Combine(real, ".hidden.mp4"), "");
        File.Copy(Path.Combine(ours, "scene-0.mp4"), Path.Combine(ours, "scene-0.wav"));
        var made = await StudyMaker.CreateAsync(_studies.Database, request with { Clips = 2 });
        Assert.Contains(
            "passed over 1 entry of '" + real + "' that is not named as a video: notes.txt;",
            made.Notices[0],
            StringComparison.Ordinal);
        Assert.Contains(
            "passed over 1 entry of '" + ours + "' that is not named as a video: scene-0.wav;",
            made.Notices[1],
            StringComparison.Ordinal);
        Assert.Contains(
            "holds 6 clips, expected at least 7",
            await FailAsync(request with { Name = "more", Systems = request.Systems.Take(1).ToList(), Clips = 7 }),
            StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["sounds"]);
        File.Copy(Path.Combine(ours, "scene-0.wav"), _folder["sounds/a.wav"]);
        var nothing = await FailAsync(request with { Name = "none", Systems = [("sounds", _folder["sounds"])] });
        Assert.Contains("of the system 'sounds' holds no clips", nothing, StringComparison.Ordinal);
        Assert.Contains("not named as a video: a.wav", nothing, StringComparison.Ordinal);

        async Task<string> FailAsync(StudyRequest wrong) =>
            (await Assert.ThrowsAnyAsync<MmDiffusionException>(() => StudyMaker.CreateAsync(_studies.Database, wrong))).Message;

        void Rename(string folder, string name, string format)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            using var process = System.Diagnostics.Process.Start(
                "ffmpeg",
                [
                    "-v", "error", "-nostdin", "-i", Path.Combine(folder, "scene-0.mp4"), "-c", "copy", "-f", format,
                    Path.Combine(folder, name),
                ]);
            process.WaitForExit();
        }
    }

    /// <summary>Whoever makes a study learns what raters hear and see of files that have more, or less, than a clip shows.</summary>
    [Fact]
    public async Task Clips_of_several_channels_and_damaged_ones_are_told()
    {
        var request = Request(new AspectRatio(1, 1));
        Directory.CreateDirectory(_folder["stereo"]);
        Make("a.mp4", "0.25*sin(3000*t)|0.5*sin(6283*t)");
        Make("b.mp4", "0|0.5*sin(6283*t)");
        var bytes = File.ReadAllBytes(_folder["stereo/a.mp4"]);
        new Random(1).NextBytes(bytes.AsSpan(bytes.Length / 4, bytes.Length / 20));
        File.WriteAllBytes(_folder["stereo/a.mp4"], bytes);

        var made = await StudyMaker.CreateAsync(
            _studies.Database,
            request with { Systems = [.. request.Systems.Take(1), ("stereo", _folder["stereo"])] });

        Assert.Contains(made.Notices, notice =>
            notice.StartsWith("2 of the 4 clips have several channels of sound (2 of stereo)", StringComparison.Ordinal));
        Assert.Contains(made.Notices, notice =>
            notice.Contains("a.mp4': the ", StringComparison.Ordinal) && notice.Contains(" is damaged ", StringComparison.Ordinal));
        Assert.Contains(made.Notices, notice => notice.Contains("b.mp4': the first of its 2 channels is silent", StringComparison.Ordinal));

        void Make(string name, string sound)
        {
            using var process = System.Diagnostics.Process.Start("ffmpeg", [
                "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=20:d=1", "-f", "lavfi", "-i",
                $"aevalsrc='{sound}':s=16000:d=1", "-pix_fmt", "yuv420p", "-g", "5", _folder[$"stereo/{name}"],
            ]);
            process.WaitForExit();
        }
    }

    [Fact]
    public async Task A_pair_of_one_clip_is_refused()
    {
        var request = Request(new AspectRatio(3, 2)) with { Systems = [White("wide", 160, 64), White("high", 48, 96)] };
        var failure = await Assert.ThrowsAnyAsync<MmDiffusionException>(() =>
            StudyMaker.CreateAsync(_studies.Database, request with { Plan = request.Plan with { Kind = StudyKind.Pairwise } }));
        Assert.Contains("the same clip twice", failure.Message, StringComparison.Ordinal);
        using var context = _studies.Database.Read();
        Assert.Empty(context.Studies);
    }

    [Fact]
    public void One_folder_for_two_systems_is_refused_whatever_leads_to_it()
    {
        Directory.CreateDirectory(_folder["real/deep"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder["real"]);
        foreach (var (first, second) in ((string, string)[])[
            ("real", "real"), ("real", "./real/"), ("real", "link"), ("real/deep", "link/deep"), ("real", "real/deep/.."),
        ])
        {
            var request = Request(null) with { Systems = [("a", _folder[first]), ("b", _folder[second])] };
            var failure = Assert.ThrowsAny<MmDiffusionException>(request.Validate);
            Assert.Contains("the systems 'a' and 'b' have the same folder", failure.Message, StringComparison.Ordinal);
        }

        (Request(null) with { Systems = [("a", _folder["real"]), ("b", _folder["real/deep"])] }).Validate();
    }

    [Theory]
    [InlineData("a\u001b[31m", "real")]
    [InlineData("two\nlines", "real")]
    [InlineData("good", "re\u0007al")]
    public void Names_with_control_characters_are_refused(string name, string label) => Assert.Contains(
        "control character",
        Assert.ThrowsAny<MmDiffusionException>((Request(null) with { Name = name, Systems = [(label, _folder.Path)] }).Validate).Message,
        StringComparison.Ordinal);

    [Fact]
    [Trait("group", "slow")]
    public async Task A_shape_in_which_attention_checks_cannot_be_written_is_refused_unless_there_are_none()
    {
        var request = Request(new AspectRatio(100, 1));
        Assert.Contains(
            "attention checks cannot be written",
            (await Assert.ThrowsAnyAsync<MmDiffusionException>(() => StudyMaker.CreateAsync(_studies.Database, request))).Message,
            StringComparison.Ordinal);
        await StudyMaker.CreateAsync(_studies.Database, request with { Plan = request.Plan with { AttentionChecks = 0 } });
    }

    private StudyRequest Request(AspectRatio? crop) => new()
    {
        Name = "files",
        Systems = RealClips.Write(_folder["clips"], 2),
        Crop = crop,
        Plan = new StudyPlan { ClipsPerRater = 2, AttentionChecks = 2, Duplicates = 0 },
    };

    private List<byte[]> Stored()
    {
        using var context = _studies.Database.Read();
        return [.. context.Media.Select(media => media.Bytes)];
    }

    private string Save(byte[] bytes, int index)
    {
        var path = _folder[FormattableString.Invariant($"{index}.mp4")];
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private (string Label, string Folder) White(string label, int width, int height)
    {
        var pixels = new byte[8 * width * height * 3];
        Array.Fill(pixels, byte.MaxValue);
        Directory.CreateDirectory(_folder[label]);
        for (var i = 0; i < 2; i++)
            ClipWriter.Write(
                Path.Combine(_folder[label], $"{i}.mp4"),
                new Clip(new Frames(pixels, height, width, 10), new Audio(new float[12800], 16000)),
                ClipFileFormat.Mp4);
        return (label, _folder[label]);
    }
}
