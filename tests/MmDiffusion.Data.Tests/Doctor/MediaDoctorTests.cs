using MmDiffusion.Data.Doctor;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Tests.Doctor;

[Trait("group", "media")]
public sealed class MediaDoctorTests
{
    /// <summary>Moving, varied pictures, whose course depends on the seed.</summary>
    private static string[] Picture(int seed, double seconds, int size = 96, int rate = 20) =>
        [
            "-f",
            "lavfi",
            "-i",
            TestVideos.Text(
                $"cellauto=s={size}x{size}:rule=110:random_seed={seed}:r={rate},gblur=8,trim=duration={seconds},scale={size}:{size}"),
        ];

    /// <summary>Tones whose loudness varies, by the seed.</summary>
    private static string[] Audio(int seed, double seconds) =>
        [
            "-f",
            "lavfi",
            "-i",
            TestVideos.Text(
                $"aevalsrc='0.4*sin(2*PI*330*t)*pow(sin((1.3+{seed}*0.37)*t+{seed}),2)*pow(sin(({seed}+2)*0.61*t),2)':s=16000:d={seconds}"),
        ];

    [Fact]
    public void Nothing_is_wrong_with_good_videos()
    {
        using var folder = new TemporaryFolder();
        for (var seed = 1; seed <= 3; seed++) TestVideos.Make(folder[$"{seed}.mp4"], [.. Picture(seed, 6), .. Audio(seed, 6)]);
        var report = Examine(folder);
        Assert.Equal((3, 0, 0), (report.Files, report.Errors, report.Warnings));
    }

    [Fact]
    public void What_is_wrong_with_a_single_file_is_found()
    {
        using var folder = new TemporaryFolder();
        var good = TestVideos.Make(folder["whole.mp4"], [.. Picture(1, 20), .. Audio(1, 20), "-movflags", "+faststart"]);
        TestVideos.Make(folder["set/no-sound.mp4"], Picture(2, 3));
        TestVideos.Make(folder["set/no-picture.wav"], Audio(3, 3));
        TestVideos.Make(folder["set/short.mp4"], [.. Picture(4, 1), .. Audio(4, 1)]);
        TestVideos.Make(folder["set/silent.mp4"], [.. Picture(5, 3), "-f", "lavfi", "-i", "anullsrc=r=16000:d=3", "-shortest"]);
        TestVideos.Make(folder["set/blank.mp4"], ["-f", "lavfi", "-i", "color=blue:s=64x64:r=20:d=3", .. Audio(6, 3)]);
        TestVideos.Make(folder["set/still.mp4"], ["-f", "lavfi", "-i", "smptebars=s=64x64:r=20:d=3", .. Audio(7, 3)]);
        TestVideos.Make(folder["set/slow.mp4"], [.. Picture(8, 3, rate: 5), .. Audio(8, 3)]);
        TestVideos.Make(folder["set/dull.mp4"], [.. Picture(9, 3), .. Audio(9, 3), "-ar", "8000"]);
        TestVideos.Make(folder["set/late.mkv"], [.. Picture(10, 4), "-itsoffset", "0.5", .. Audio(10, 3.5)]);
        TestVideos.Make(folder["set/ends.mkv"], [.. Picture(11, 6), .. Audio(11, 2)]);
        TestVideos.Make(
            folder["set/uneven.mp4"],
            [.. Picture(12, 4), .. Audio(12, 4), "-vf", "select='if(lt(t,2),1,not(mod(n,4)))'", "-fps_mode", "vfr"]);
        File.WriteAllText(folder["set/no-media.mp4"], "text");
        var bytes = File.ReadAllBytes(good);
        File.WriteAllBytes(folder["set/broken-off.mp4"], bytes[..(bytes.Length / 2)]);

        var report = MediaDoctor.Examine(MediaIndex.Build(folder["set"]), null, new ClipShape());
        var found = report.Findings.Select(finding => (finding.Path, finding.Kind)).ToHashSet();
        (string, FindingKind)[] expected =
        [
            ("no-sound.mp4", FindingKind.NoSound),
            ("no-picture.wav", FindingKind.NoPicture),
            ("short.mp4", FindingKind.TooShort),
            ("no-media.mp4", FindingKind.Unreadable),
            ("broken-off.mp4", FindingKind.Unreadable),
            ("silent.mp4", FindingKind.Silent),
            ("blank.mp4", FindingKind.Blank),
            ("still.mp4", FindingKind.Still),
            ("slow.mp4", FindingKind.LowRate),
            ("dull.mp4", FindingKind.LowRate),
            ("late.mkv", FindingKind.Offset),
            ("ends.mkv", FindingKind.Offset),
            ("uneven.mp4", FindingKind.VariableRate),
        ];
        Assert.Equal(expected.Order(), found.Order());
        Assert.Equal(5, report.Errors);
    }

    /// <summary>What is read in another way than a player of every file would expect.</summary>
    [Fact]
    public void What_clips_get_of_several_streams_and_channels_and_of_unusual_pictures_is_told()
    {
        using var folder = new TemporaryFolder();
        string[] right = ["-filter_complex", "[1:a]pan=stereo|c1=c0[a]", "-map", "0:v", "-map", "[a]"];
        TestVideos.Make(folder["right.mkv"], [.. Picture(1, 3), .. Audio(1, 3), .. right, "-c:a", "pcm_s16le"]);
        TestVideos.Make(
            folder["two.mkv"],
            [
                .. Picture(2, 3), .. Audio(2, 3), .. Audio(3, 3), "-map", "0", "-map", "1", "-map", "2", "-disposition:a:0", "0",
                "-disposition:a:1", "default",
            ]);
        TestVideos.Make(
            folder["fields.mkv"],
            [
                .. Picture(4, 3, rate: 40), .. Audio(4, 3), "-vf", "tinterlace=interleave_top,setfield=tff", "-c:v", "mpeg2video", "-b:v",
                "2M", "-r", "25", "-pix_fmt", "yuv420p", "-flags", "+ilme+ildct", "-top", "1",
            ]);
        TestVideos.Make(
            folder["bright.mkv"],
            [
                .. Picture(5, 3), .. Audio(5, 3), "-c:v", "ffv1", "-pix_fmt", "yuv420p10", "-color_trc", "arib-std-b67",
                "-color_primaries", "bt2020", "-colorspace", "bt2020nc",
            ]);

        var found = Examine(folder).Findings.Where(finding => finding.Kind is not (FindingKind.VariableRate or FindingKind.NearDuplicate))
            .Select(finding => (finding.Path, finding.Kind, finding.Detail))
            .ToList();
        Assert.Equal(
            [
                ("bright.mkv", FindingKind.HighDynamicRange),
                ("fields.mkv", FindingKind.Interlaced),
                ("right.mkv", FindingKind.SilentChannel),
                ("two.mkv", FindingKind.SeveralStreams),
            ],
            found.Select(finding => (finding.Path, finding.Kind)));
        Assert.Equal("2 audio streams; clips get number 1, counted from 0", found[3].Detail);
    }

    [Fact]
    public void A_sound_that_comes_later_than_its_flashes_is_found()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, delay) in new[] { ("right.mkv", 0.0), ("late.mkv", 0.4) })
        {
            const string when = "between(mod(t-0.3,1.7),0,0.1)+between(mod(t,2.3),1.1,1.2)";
            TestVideos.Make(
                folder[name],
                "-f",
                "lavfi",
                "-i",
                $"testsrc=s=64x64:r=20:d=12,eq=brightness='-0.3+0.5*({when})':eval=frame",
                "-f",
                "lavfi",
                "-i",
                TestVideos.Text(
                    $"aevalsrc='0.8*sin(2*PI*700*t)*({when.Replace("(t", $"(t-{delay}", StringComparison.Ordinal)})':s=16000:d=12"),
                "-c:v",
                "mpeg4",
                "-q:v",
                "2",
                "-c:a",
                "pcm_s16le");
        }
        var finding = Assert.Single(Examine(folder).Findings, finding => finding.Kind == FindingKind.Offset);
        Assert.Equal("late.mkv", finding.Path);
        Assert.Contains("after what is seen", finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Copies_are_found_whether_exact_encoded_anew_or_cut()
    {
        using var folder = new TemporaryFolder();
        for (var seed = 1; seed <= 3; seed++) TestVideos.Make(folder[$"a{seed}.mp4"], [.. Picture(seed, 8), .. Audio(seed, 8)]);
        File.Copy(folder["a1.mp4"], folder["b-copy.mp4"]);
        TestVideos.Make(
            folder["c-again.webm"], "-i", folder["a2.mp4"], "-vf", "scale=64:64,eq=brightness=0.05", "-af", "volume=0.5", "-c:v", "libvpx",
            "-b:v", "400k", "-c:a", "libopus");
        TestVideos.Make(folder["d-cut.mp4"], "-ss", "2.1", "-i", folder["a3.mp4"], "-t", "4", "-crf", "28");
        var findings = Examine(folder).Findings;
        Assert.Equal(
            [
                ("b-copy.mp4", FindingKind.ExactDuplicate, "a1.mp4"),
                ("c-again.webm", FindingKind.NearDuplicate, "a2.mp4"),
                ("d-cut.mp4", FindingKind.NearDuplicate, "a3.mp4"),
            ],
            findings.Select(finding => (finding.Path, finding.Kind, finding.Other)));
        Assert.All(findings, finding => Assert.False(finding.IsError));
    }

    [Fact]
    [Trait("group", "slow")]
    public void Files_that_are_all_alike_are_one_finding_and_not_one_for_each_pair()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Make(folder["train/a0.mp4"], [.. Picture(1, 5), .. Audio(1, 5)]);
        for (var i = 1; i <= 5; i++) TestVideos.Make(folder[$"train/a{i}.mp4"], "-i", folder["train/a0.mp4"], "-crf", $"{24 + i}");
        for (var i = 1; i <= 4; i++) File.Copy(folder["train/a0.mp4"], folder[$"train/b{i}.mp4"]);
        TestVideos.Make(folder["train/c0.mp4"], [.. Picture(2, 5), .. Audio(2, 5)]);
        TestVideos.Make(folder["train/c1.mp4"], "-i", folder["train/c0.mp4"], "-crf", "28");
        var findings = MediaDoctor.Examine(MediaIndex.Build(folder["train"]), null, new ClipShape()).Findings;
        Assert.Equal(
            [
                ("a1.mp4", FindingKind.NearDuplicate, "a0.mp4", "a2.mp4 a3.mp4 a4.mp4 a5.mp4"),
                ("b1.mp4", FindingKind.ExactDuplicate, "a0.mp4", "b2.mp4 b3.mp4 b4.mp4"),
                ("c1.mp4", FindingKind.NearDuplicate, "c0.mp4", ""),
            ],
            findings.Select(finding => (finding.Path, finding.Kind, finding.Other!, string.Join(' ', finding.More))));
        Assert.Contains("6 files, each of which looks and sounds like another of them", findings[0].Detail, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["test"]);
        foreach (var name in new[] { "a0.mp4", "a2.mp4", "a4.mp4" }) File.Copy(folder[$"train/{name}"], folder[$"test/{name}"]);
        var shared = MediaDoctor.Examine(MediaIndex.Build(folder["train"]), MediaIndex.Build(folder["test"]), new ClipShape()).Findings
            .Where(finding => finding.Kind == FindingKind.Shared)
            .ToList();
        Assert.Equal(
            ["a0.mp4", "a1.mp4", "a2.mp4", "a3.mp4", "a4.mp4", "a5.mp4", "b1.mp4", "b2.mp4", "b3.mp4", "b4.mp4"],
            shared.Select(finding => finding.Path));
        Assert.Equal(("a2.mp4", "the same bytes"), (shared[2].Other, shared[2].Detail));
    }

    [Fact]
    public void A_clip_of_the_held_out_set_among_those_to_train_on_is_an_error()
    {
        using var folder = new TemporaryFolder();
        for (var seed = 1; seed <= 3; seed++) TestVideos.Make(folder[$"train/{seed}.mp4"], [.. Picture(seed, 8), .. Audio(seed, 8)]);
        TestVideos.Make(folder["test/other.mp4"], [.. Picture(9, 6), .. Audio(9, 6)]);
        TestVideos.Make(folder["test/cut.mp4"], "-ss", "1", "-i", folder["train/2.mp4"], "-t", "5");
        File.Copy(folder["train/2.mp4"], folder["train/2-again.mp4"]);
        File.Copy(folder["train/3.mp4"], folder["test/copy.mp4"]);
        var report = MediaDoctor.Examine(MediaIndex.Build(folder["train"]), MediaIndex.Build(folder["test"]), new ClipShape());
        Assert.Equal(
            [
                ("2-again.mp4", FindingKind.Shared, "cut.mp4"),
                ("2.mp4", FindingKind.Shared, "cut.mp4"),
                ("3.mp4", FindingKind.Shared, "copy.mp4"),
                ("2.mp4", FindingKind.ExactDuplicate, "2-again.mp4"),
            ],
            report.Findings.Select(finding => (finding.Path, finding.Kind, finding.Other)));
        Assert.Equal(3, report.Errors);
    }

    [Fact]
    public void Damage_in_the_middle_and_jumps_of_the_clock_are_found_with_their_times()
    {
        using var folder = new TemporaryFolder();
        var bytes = File.ReadAllBytes(TestVideos.Make(folder["damaged.mp4"], [.. Picture(1, 6, rate: 25), .. Audio(1, 6), "-g", "25"]));
        new Random(1).NextBytes(bytes.AsSpan(bytes.Length / 3, 600));
        File.WriteAllBytes(folder["damaged.mp4"], bytes);
        string[] part = [.. Picture(2, 3), .. Audio(2, 3), "-bf", "0"];
        var (first, second) = (TestVideos.Make(folder["parts/1.ts"], part), TestVideos.Make(
            folder["parts/2.ts"],
            [.. part, "-output_ts_offset", "500"]));
        File.WriteAllBytes(folder["jumps.ts"], [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]);
        Directory.Delete(folder["parts"], recursive: true);

        var findings = Examine(folder).Findings.Where(finding => finding.Kind is FindingKind.Damaged or FindingKind.ClockJump).ToList();

        Assert.Contains(findings, finding =>
            finding.Path == "damaged.mp4" && finding.Detail.StartsWith("the picture is damaged ", StringComparison.Ordinal));
        Assert.Contains(findings, finding =>
            finding is { Path: "jumps.ts", Kind: FindingKind.ClockJump }
                && finding.Detail.StartsWith("its clock jumps ahead by 49", StringComparison.Ordinal));
        Assert.All(findings, finding => Assert.False(finding.IsError));
        Assert.Equal(findings, Examine(folder).Findings.Where(finding => finding.Kind is FindingKind.Damaged or FindingKind.ClockJump));
    }

    [Fact]
    public void Files_are_decoded_once()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Make(folder["1.mp4"], [.. Picture(1, 3), .. Audio(1, 3)]);
        var (first, looked) = (Examine(folder), 0);
        var second = MediaDoctor.Examine(MediaIndex.Build(folder.Path), null, new ClipShape(), _ => looked++);
        Assert.Equal(0, looked);
        Assert.Equal(first.Findings, second.Findings);
    }

    private static DoctorReport Examine(TemporaryFolder folder) =>
        MediaDoctor.Examine(MediaIndex.Build(folder.Path), null, new ClipShape());
}
