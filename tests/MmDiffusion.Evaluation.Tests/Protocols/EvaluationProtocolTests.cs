using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Protocols;

namespace MmDiffusion.Evaluation.Tests.Protocols;

[Trait("group", "unit")]
public sealed class EvaluationProtocolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string settings)
    {
        File.WriteAllText(_folder["protocol.json"], $$"""{ "name": "own", "video_extractor": "embedded-video", "audio_extractor": "embedded-audio"{{settings}} }""");
        return _folder["protocol.json"];
    }

    [Fact]
    public void The_paper_s_protocol_is_the_one_of_the_published_code()
    {
        var protocol = EvaluationProtocol.Read("mm-diffusion-paper");
        Assert.Equal((2048, 16, 64, 64), (protocol.Clips, protocol.Frames, protocol.Height, protocol.Width));
        Assert.Equal((10.0, 44100, 1.0, 1.0, 10_000.0), (protocol.FrameRate, protocol.SampleRate, protocol.FvdScale, protocol.KvdScale, protocol.FadScale));
        Assert.Equal(("i3d", "audioclip"), (protocol.VideoExtractor, protocol.AudioExtractor));
    }

    [Fact]
    public void The_embedded_protocol_s_extractors_come_with_the_program()
    {
        var protocol = EvaluationProtocol.Read("embedded");
        using var video = protocol.Open(Modality.Video);
        using var audio = protocol.Open(Modality.Audio);
        Assert.Equal((protocol.VideoDigest, protocol.AudioDigest), (video.Digest, audio.Digest));
        Assert.Contains("compare only with one another", video.Description.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_notes_change_nothing_and_settings_do()
    {
        var protocol = EvaluationProtocol.Read("embedded");
        using var video = protocol.Open(Modality.Video);
        using var audio = protocol.Open(Modality.Audio);
        var identity = protocol.Identity(video, audio);
        Assert.Equal(identity, (protocol with { Name = "other", Note = "other", VideoExtractor = "a copy elsewhere" }).Identity(video, audio));
        EvaluationProtocol[] others = [protocol with { Frames = 8 }, protocol with { FadScale = 2 }, protocol with { Seed = 1 }, protocol with { Placement = ClipPlacement.Random }];
        Assert.All(others, other => Assert.NotEqual(identity, other.Identity(video, audio)));
        Assert.NotEqual(identity, protocol.Identity(audio, video));
    }

    [Fact]
    public void A_protocol_that_is_not_there_is_answered_with_those_that_are()
    {
        var sentence = Assert.Throws<MmDiffusionException>(() => EvaluationProtocol.Read("papers")).Message;
        Assert.Contains("'embedded', 'mm-diffusion-paper'", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var sentence = Assert.Throws<MmDiffusionException>(() => EvaluationProtocol.Read(Write(""", "height": 64, "frames": 2, "clips": 3, "resamples": 1, "fvd_scale": 0"""))).Message;
        foreach (var setting in new[] { "height and width are 64 and 0", "frames is 2", "clips is 3", "resamples is 1", "fvd_scale is 0" }) Assert.Contains(setting, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_does_not_exist_is_refused() =>
        Assert.Contains("size", Assert.Throws<MmDiffusionException>(() => EvaluationProtocol.Read(Write(""", "size": 64"""))).Message, StringComparison.Ordinal);

    [Fact]
    public void Extractors_are_found_beside_the_protocol()
    {
        File.WriteAllText(_folder["embedded-video"], "{}");
        Assert.Equal((_folder["embedded-video"], "embedded-audio"), (EvaluationProtocol.Read(Write("")).VideoExtractor, EvaluationProtocol.Read(Write("")).AudioExtractor));
    }

    [Fact]
    public void Clips_are_chosen_by_the_seed_and_by_name_alone()
    {
        foreach (var folder in new[] { "a", "b" })
        {
            Directory.CreateDirectory(_folder[folder]);
            for (var i = 0; i < 40; i++) File.WriteAllText(Path.Combine(_folder[folder], $"{i:D2}.mp4"), "");
        }
        var protocol = EvaluationProtocol.Read("embedded") with { Clips = 20 };
        var chosen = ClipSelection.Choose(_folder["a"], protocol).Select(path => Path.GetFileName(path)).ToList();
        Assert.Equal(20, chosen.Distinct().Count());
        Assert.Equal(chosen.Order(StringComparer.Ordinal), chosen);
        Assert.Equal(chosen, ClipSelection.Choose(_folder["b"], protocol).Select(path => Path.GetFileName(path)));
        Assert.NotEqual(chosen, ClipSelection.Choose(_folder["a"], protocol with { Seed = 1 }).Select(path => Path.GetFileName(path)));
    }
}
