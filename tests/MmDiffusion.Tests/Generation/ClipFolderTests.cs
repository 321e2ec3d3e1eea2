using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class ClipFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_folder_that_was_made_for_nothing_is_removed()
    {
        new ClipFolder(_folder["clips"], ClipFileFormat.Gif).Dispose();
        Assert.False(Directory.Exists(_folder["clips"]));
    }

    [Fact]
    public void A_folder_that_was_there_stays()
    {
        Directory.CreateDirectory(_folder["clips"]);
        new ClipFolder(_folder["clips"], ClipFileFormat.Gif).Dispose();
        Assert.True(Directory.Exists(_folder["clips"]));
    }

    [Fact]
    public void A_folder_with_a_result_stays()
    {
        using (var clips = new ClipFolder(_folder["clips"], ClipFileFormat.Gif))
            File.WriteAllText(Path.Combine(clips.Path, "clip-0.gif"), "");
        Assert.True(Directory.Exists(_folder["clips"]));
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task Ranks_that_come_and_go_at_once_do_not_trip_over_each_other()
    {
        using var together = new Barrier(4);
        await Task.WhenAll(Enumerable.Range(0, together.ParticipantCount).Select(_ =>
            Task.Run(ComeAndGo, TestContext.Current.CancellationToken)));
        Assert.False(Directory.Exists(_folder["clips"]));

        void ComeAndGo()
        {
            try
            {
                for (var round = 0; round < 8; round++)
                {
                    together.SignalAndWait();
                    var clips = new ClipFolder(_folder["clips"], ClipFileFormat.Gif);
                    together.SignalAndWait();
                    clips.Dispose();
                }
            }
            finally
            {
                together.RemoveParticipant();
            }
        }
    }

    [Theory]
    [InlineData("{\"seed\": 1}", RandomGenerator.MersenneTwister)]
    [InlineData("{\"seed\": 1, \"generator\": null}", RandomGenerator.MersenneTwister)]
    [InlineData("{\"seed\": 1, \"generator\": \"mt19937\"}", RandomGenerator.MersenneTwister)]
    [InlineData("{\"seed\": 1, \"generator\": \"philox4x32-10\"}", RandomGenerator.Philox)]
    [InlineData("{\"seed\": 1, \"generator\": \"of the future\"}", null)]
    [InlineData("{\"seed\": 1, \"generator\": 5}", null)]
    [InlineData("[]", null)]
    [InlineData("{ half", null)]
    [InlineData("", null)]
    public void A_clip_that_is_there_tells_its_generator(string manifest, RandomGenerator? expected)
    {
        using var clips = new ClipFolder(_folder["clips"], ClipFileFormat.Gif);
        Assert.Null(clips.GeneratorOf(["clip-0", "clip-1"]));
        File.WriteAllText(Path.Combine(clips.Path, "clip-1.json"), manifest);
        Assert.Equal(expected, clips.GeneratorOf(["clip-0", "clip-1"]));
        File.WriteAllText(Path.Combine(clips.Path, "clip-2.json"), "{\"generator\": \"philox4x32-10\"}");
        Assert.Equal(expected ?? RandomGenerator.Philox, clips.GeneratorOf(["clip-0", "clip-1", "clip-2"]));
    }

    [Theory]
    [InlineData(ClipFileFormat.Frames, "clip/frame-0001.png")]
    public async Task Two_who_make_a_clip_of_one_name_leave_the_files_of_one_of_them(ClipFileFormat format, string frame)
    {
        for (var round = 0; round < 6; round++)
        {
            using var together = new Barrier(3);
            await Task.WhenAll(Enumerable.Range(1, together.ParticipantCount).Select(number =>
                Task.Run(() => Write((byte)number), TestContext.Current.CancellationToken)));
            var pixel = PngImage.Read(_folder[frame]).Pixels[0];
            Assert.Contains($"\"seed\": {pixel},", File.ReadAllText(_folder["clip.json"]), StringComparison.Ordinal);
            Assert.Equal(["clip", "clip.json"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());

            void Write(byte number)
            {
                var pixels = new byte[16 * 16 * 3 * number];
                Array.Fill(pixels, number);
                var manifest = new ClipManifest { Seed = number, Batch = 1, Times = new(0, 0) };
                together.SignalAndWait();
                ClipFiles.Write(
                    new GeneratedClip(new Clip(new Frames(pixels, 16, 16, 10), new Audio([], 16_000)), manifest),
                    _folder.Path,
                    "clip",
                    format);
            }
        }
    }

    [Fact]
    public void A_clip_that_is_there_tells_how_many_threads_it_was_made_with()
    {
        using var clips = new ClipFolder(_folder["clips"], ClipFileFormat.Gif);
        File.WriteAllText(Path.Combine(clips.Path, "clip-0.json"), "{\"seed\": 0}");
        File.WriteAllText(Path.Combine(clips.Path, "clip-1.json"), "{\"seed\": 1, \"threads\": \"many\"}");
        Assert.Null(clips.ThreadsOf(["clip-0", "clip-1", "clip-2"]));
        File.WriteAllText(Path.Combine(clips.Path, "clip-2.json"), "{\"seed\": 2, \"threads\": 5}");
        Assert.Equal(5, clips.ThreadsOf(["clip-0", "clip-1", "clip-2"]));
    }

    public void Dispose() => _folder.Dispose();
}
