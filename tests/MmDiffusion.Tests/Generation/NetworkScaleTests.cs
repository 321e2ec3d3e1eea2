using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public class NetworkScaleTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, 0.5)]
    [InlineData(0.25, 0.3)]
    public void The_way_back_leads_to_the_same_clip(double video, double exponent)
    {
        using var scope = NewDisposeScope();
        var clips = new AudioVideo(linspace(-1, 1, 48).view(1, 1, 3, 4, 4), linspace(-1, 1, 201).view(1, 1, -1));
        var scale = new NetworkScale(video, exponent);
        var met = scale.ToNetwork(clips);
        Assert.Equal((float)video, met.Video.max().item<float>());
        Assert.True((met.Audio.abs() <= 1).all().item<bool>());
        Assert.True((met.Audio.abs() >= clips.Audio.abs()).all().item<bool>());
        var back = scale.FromNetwork(met);
        Assert.InRange((back.Video - clips.Video).abs().max().item<float>(), 0, 1e-6);
        Assert.InRange((back.Audio - clips.Audio).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void A_quiet_sound_alone_becomes_louder()
    {
        using var met = new NetworkScale(1, 0.5).ToNetwork(new AudioVideo(null, tensor(0.01f)));
        Assert.Equal(0.1f, met.Audio.item<float>(), 1e-6f);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void Scales_out_of_range_are_refused(double wrong)
    {
        var description = new ModelDescription
        {
            Kind = ModelKind.Joint,
            Coupled = TinyModel.Coupled,
            SoundExponent = wrong,
            VideoScale = wrong,
        };
        var failure = Assert.ThrowsAny<MmDiffusionException>(description.Validate);
        Assert.Contains("sound_exponent", failure.Message, StringComparison.Ordinal);
        Assert.Contains("video_scale", failure.Message, StringComparison.Ordinal);
    }
}
