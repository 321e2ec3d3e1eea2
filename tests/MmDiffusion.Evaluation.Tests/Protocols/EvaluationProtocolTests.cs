using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Protocols;

[Trait("group", "unit")]
public sealed class EvaluationProtocolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string settings)
    {
        File.WriteAllText(
            _folder["protocol.json"],
            $$"""{ "name": "own", "video_extractor": "embedded-video", "audio_extractor": "embedded-audio"{{settings}} }""");
        return _folder["protocol.json"];
    }

    [Fact]
    public void The_paper_s_protocol_is_the_one_of_the_published_code()
    {
        var protocol = EvaluationProtocol.Read("mm-diffusion-paper");
        Assert.Equal((2048, 16, 64, 64), (protocol.Clips, protocol.Frames, protocol.Height, protocol.Width));
        Assert.Equal(
            (10.0, 44100, 1.0, 1.0, 10_000.0),
            (protocol.FrameRate, protocol.SampleRate, protocol.FvdScale, protocol.KvdScale, protocol.FadScale));
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
        Assert.Equal(
            identity,
            (protocol with { Name = "other", Note = "other", VideoExtractor = "a copy elsewhere" }).Identity(video, audio));
        EvaluationProtocol[] others =
        [
            protocol with { Frames = 8 },
            protocol with { FadScale = 2 },
            protocol with { Seed = 1 },
            protocol with { Placement = ClipPlacement.Random },
        ];
        Assert.All(others, other => Assert.NotEqual(identity, other.Identity(video, audio)));
        Assert.NotEqual(identity, protocol.Identity(audio, video));
    }

    /// <summary>
    /// What reports of the first version hold: with other values none of them could be compared with a new one, and every clip would be
    /// measured again.
    /// </summary>
    [Fact]
    public void Identities_are_those_that_they_always_were()
    {
        var protocol = EvaluationProtocol.Read("embedded");
        using var video = protocol.Open(Modality.Video);
        using var audio = protocol.Open(Modality.Audio);
        Assert.Equal("ce9decc67b9472bce31b68c01c4330e79cffdd0e096f3b499fa02e077b61f9e2", video.Identity);
        Assert.Equal("ed1a644dd41b30481366eac822cf1574eabe21cad0548cbf4d11321367a7c79f", audio.Identity);
        Assert.Equal("8c9d93501ab78fe5d3ef385de7a64a9bac592db91653c19fb45ddbc402d2e07a", protocol.Identity(video, audio));
        Assert.Equal(
            "eb4a40312e84d294e1b144a54c86a2fd6c63d4c9b433218ad7836476b0955c95",
            EvaluationProtocol.Read("mm-diffusion-paper").Identity(video, audio));
        Assert.Equal(
            "4ecca636358793ff14dd49f03bac0c77cf869d4d0c545d32fe42a0368513bcd7",
            (protocol with { Seed = ulong.MaxValue, FrameRate = 29.97, Placement = ClipPlacement.Random, FadScale = 1e-9 })
                .Identity(video, audio));
        File.WriteAllText(_folder["described.json"],
            """{"name":"i3d","format":"i3d","modality":"video","weights":"a.pt","height":224,"width":224,"layout":"BCFHW","""
            + """ "range":[-1,1],"mean":[0,0.5,1e-3],"deviation":[1,1,1],"note":"x"}""");
        Assert.Equal(
            "2626cfc161cf7930ba0b6db2b0ae598657acc0976927dca4290f1d0ae45b5145",
            Digest(ExtractorDescription.Read(_folder["described.json"]).Canonical()));

        // The whole of it, as a report of the first version holds it.
        EvaluationProtocol small = new()
        {
            Name = "small",
            VideoExtractor = "embedded-video",
            AudioExtractor = "embedded-audio",
            Frames = 16,
            SampleRate = 16000,
            Resamples = 20,
        };
        var comparability = FeatureCache.Key(small.Identity(video, audio), new MeasuredShape(16, 16, 10, 16, 16000).Canonical());
        Assert.Contains($"\"comparability\": \"{comparability}\"", FirstVersion.Read("report/report.json"), StringComparison.Ordinal);

        static string Digest(string text) =>
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void What_is_added_to_settings_changes_no_identity_until_it_is_used()
    {
        var options = new System.Text.Json.JsonSerializerOptions
        {
            DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        };
        string[] first = ["B", "A"];
        var before = CanonicalJson.Of(new Before(1, "x"), new Before(0, null), options, first);
        Assert.Equal("""{"B":"x","A":1}""", before);
        Assert.Equal(before, CanonicalJson.Of(new After(1, "x", 5, [1]), new After(0, null, 5, [1]), options, first));
        Assert.Equal("""{"B":"x","A":1,"C":6}""", CanonicalJson.Of(new After(1, "x", 6, [1]), new After(0, null, 5, [1]), options, first));
        Assert.Equal(
            """{"B":"x","A":1,"D":[1,2]}""",
            CanonicalJson.Of(new After(1, "x", 5, [1, 2]), new After(0, null, 5, [1]), options, first));
        Assert.Equal("""{"A":0}""", CanonicalJson.Of(new Before(0, null), new Before(0, null), options, first));
    }

    private sealed record Before(int A, string? B);

    private sealed record After(int A, string? B, int C, IReadOnlyList<int> D);

    [Fact]
    public void A_protocol_that_is_not_there_is_answered_with_those_that_are()
    {
        var sentence = Assert.ThrowsAny<MmDiffusionException>(() => EvaluationProtocol.Read("papers")).Message;
        Assert.Contains("'embedded', 'mm-diffusion-paper'", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var sentence = Assert.ThrowsAny<MmDiffusionException>(() =>
            EvaluationProtocol.Read(Write(""", "height": 64, "frames": 2, "clips": 3, "resamples": 1, "fvd_scale": 0"""))).Message;
        foreach (var setting in new[] { "height and width are 64 and 0", "frames is 2", "clips is 3", "resamples is 1", "fvd_scale is 0" })
            Assert.Contains(setting, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_does_not_exist_is_refused() =>
        Assert.Contains(
            "size",
            Assert.ThrowsAny<MmDiffusionException>(() => EvaluationProtocol.Read(Write(""", "size": 64"""))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Extractors_are_found_beside_the_protocol()
    {
        File.WriteAllText(_folder["embedded-video"], "{}");
        Assert.Equal(
            (_folder["embedded-video"], "embedded-audio"),
            (EvaluationProtocol.Read(Write("")).VideoExtractor, EvaluationProtocol.Read(Write("")).AudioExtractor));
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
