using MmDiffusion.Generation;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public class SoundCompandingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(0.3)]
    public void The_way_back_leads_to_the_same_sound(double exponent)
    {
        using var scope = NewDisposeScope();
        var audio = linspace(-1, 1, 201).view(1, 1, -1);
        var heard = SoundCompanding.Compress(audio, exponent);
        Assert.True((heard.abs() <= 1).all().item<bool>());
        Assert.True((heard.abs() >= audio.abs()).all().item<bool>());
        Assert.True((heard.sign() == audio.sign()).all().item<bool>());
        Assert.InRange((SoundCompanding.Expand(heard, exponent) - audio).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void A_quiet_sound_becomes_louder() => Assert.Equal(0.1f, SoundCompanding.Compress(tensor(0.01f), 0.5).item<float>(), 1e-6f);

    [Theory]
    [InlineData(0)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void An_exponent_out_of_range_is_refused(double exponent) =>
        Assert.Contains("sound_exponent", Assert.Throws<MmDiffusionException>(() => new ModelDescription { Kind = ModelKind.Joint, Coupled = TinyModel.Coupled, SoundExponent = exponent }.Validate()).Message, StringComparison.Ordinal);
}
