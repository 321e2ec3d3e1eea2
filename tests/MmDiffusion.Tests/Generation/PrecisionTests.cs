using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "slow")]
public sealed class PrecisionTests(ITestOutputHelper output)
{
    /// <summary>The paper's 20 calls, where bfloat16 has the longest way to go astray.</summary>
    [Fact]
    public void BFloat16_changes_a_clip_of_the_embedded_model_less_than_another_seed_does()
    {
        var (exact, coarse, other) = (Sample(Precision.Float32, 0), Sample(Precision.BFloat16, 0), Sample(Precision.Float32, 1));
        var (ofPictures, ofSeeds) = (Distance(Pictures(exact), Pictures(coarse)), Distance(Pictures(exact), Pictures(other)));
        var (ofSounds, ofSeedsSounds) = (Distance(exact.Audio.Samples, coarse.Audio.Samples), Distance(
            exact.Audio.Samples,
            other.Audio.Samples));
        output.WriteLine(
            $"pictures: {ofPictures:0.000} by precision, {ofSeeds:0.000} by seed; sounds: {ofSounds:0.000} and {ofSeedsSounds:0.000}");
        Assert.InRange(ofPictures, 1e-6, 0.5 * ofSeeds);
        Assert.InRange(ofSounds, 1e-6, ofSeedsSounds);
    }

    private static Clip Sample(Precision precision, ulong seed)
    {
        using var model = JointModel.Load(ModelDirectory.Open(null), new ModelOptions { Precision = precision });
        Clip? made = null;
        new ClipGenerator(model).Generate(GenerationProfile.Paper.Apply(new GenerationOptions { Seed = seed }), clip => made = clip.Clip);
        return made!;
    }

    private static float[] Pictures(Clip clip) => [.. clip.Frames.Pixels.Select(pixel => pixel / 127.5f - 1)];

    /// <summary>Root mean square of the difference.</summary>
    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average());
}
