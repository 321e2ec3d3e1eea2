using MmDiffusion.Checkpoints;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class LabelledGenerationTests : IDisposable
{
    private static readonly GenerationOptions Quick = new() { Sampler = "ddim", Steps = 3 };

    private readonly TemporaryFolder _folder = new();
    private readonly JointModel _model;

    public LabelledGenerationTests()
    {
        var coupled = TinyModel.Coupled with { Labels = ["rain", "train"] };
        using (var network = Networks.Coupled(coupled)) StateDict.Save(network, _folder[ModelDirectory.WeightsFile]);
        var description = new ModelDescription
        {
            Kind = ModelKind.Joint,
            Coupled = coupled,
            SampleRate = TinyModel.SampleRate,
            Tasks = new TaskShares { Marginal = 0.1 },
        };
        new ModelDirectory(_folder.Path, description).Save();
        _model = JointModel.Load(ModelDirectory.Open(_folder.Path), new ModelOptions { Precision = Precision.Float32 });
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Each_way_to_ask_for_a_class_makes_another_clip_and_the_manifest_tells_it()
    {
        GenerationOptions[] all =
        [
            Quick,
            Quick with { Label = "rain" },
            Quick with { Label = "train" },
            Quick with { Label = "train", LabelGuidance = 3 },
            Quick with { Label = "train", NotLabel = "rain" },
            Quick with { NotLabel = "rain" },
            Quick with { SyncGuidance = 2 },
            Quick with { Label = "train", LabelGuidance = 3, GuidanceInterval = new(0, 500) },
        ];
        var clips = all.Select(Make).ToList();
        Assert.Equal(clips.Count, clips.Select(clip => Convert.ToHexString(clip.Clip.Frames.Pixels)).Distinct().Count());
        Assert.All(clips.Zip(all), pair => Assert.Equal(pair.First.Clip.Frames.Pixels, Make(pair.Second).Clip.Frames.Pixels));
        Assert.Null(clips[0].Manifest.Guidance);
        Assert.Equal(new ClipManifest.GuidanceRecord("train", "rain", 2, null, null), clips[4].Manifest.Guidance);
        Assert.Equal([0.0, 500], clips[7].Manifest.Guidance!.Interval!);
        Assert.False(clips[1].Manifest.IsSameMaking(clips[2].Manifest.ToJson()));
    }

    [Fact]
    public void Guidance_of_1_is_none()
    {
        var plain = Make(Quick with { Label = "rain" });
        Assert.Equal(plain.Clip.Frames.Pixels, Make(Quick with { Label = "rain", LabelGuidance = 1, SyncGuidance = 1 }).Clip.Frames.Pixels);
    }

    [Fact]
    public void Clips_made_together_are_those_made_alone_but_for_rounding()
    {
        var options = Quick with { Label = "train", LabelGuidance = 2, SyncGuidance = 2, Count = 2 };
        var together = new List<GeneratedClip>();
        new ClipGenerator(_model).Generate(options with { Batch = 2 }, together.Add);
        var alone = new List<GeneratedClip>();
        new ClipGenerator(_model).Generate(options, alone.Add);
        foreach (var (one, other) in together.Zip(alone))
            Assert.All(one.Clip.Frames.Pixels.Zip(other.Clip.Frames.Pixels), pair =>
                Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
    }

    [Fact]
    public void What_the_model_does_not_know_is_refused_before_any_weights_are_read()
    {
        var plain = new ModelDescription { Kind = ModelKind.Joint, Coupled = TinyModel.Coupled };
        Refused("the model knows no label 'ocean'; it knows rain, train", Quick with { Label = "ocean" }, _model.Directory.Description);
        Refused("the model knows no label 'ocean'", Quick with { NotLabel = "ocean" }, _model.Directory.Description);
        Refused("the model knows no labels", Quick with { Label = "rain" }, plain);
        Refused("was not trained on one modality alone", Quick with { SyncGuidance = 2 }, plain);
        Refused("the guidance by labels is 0.5", Quick with { Label = "rain", LabelGuidance = 0.5 }, _model.Directory.Description);
        Refused("there is no label to guide by", Quick with { LabelGuidance = 2 }, _model.Directory.Description);
        Refused(
            "clips of 'rain' are asked for, and away from 'rain'",
            Quick with { Label = "rain", NotLabel = "rain" },
            _model.Directory.Description);

        static void Refused(string sentence, GenerationOptions options, ModelDescription model) =>
            Assert.Contains(
                sentence,
                Assert.ThrowsAny<MmDiffusionException>(() => options.Validate(model)).Message,
                StringComparison.Ordinal);
    }

    private GeneratedClip Make(GenerationOptions options)
    {
        var clips = new List<GeneratedClip>();
        new ClipGenerator(_model).Generate(options, clips.Add);
        return Assert.Single(clips);
    }
}
