using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Extraction.Embedded;

namespace MmDiffusion.Evaluation.Tests.Extraction;

[Trait("group", "unit")]
public sealed class ExtractorTrainerTests : IDisposable
{
    private static readonly ExtractorTrainingOptions Short = new() { Steps = 2, Batch = 4, Tests = 4 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Modality.Video)]
    [InlineData(Modality.Audio)]
    public void Training_makes_an_extractor_that_follows_from_its_seed(Modality modality)
    {
        var losses = new List<double>();
        var first = new ExtractorTrainer(modality, Short).Run(_folder["a"], (_, loss) => losses.Add(loss));
        Assert.Equal(2, losses.Count);
        Assert.All(losses, loss => Assert.InRange(loss, 0.1, 20));
        using (var extractor = FeatureExtractor.Open(first.Path, modality)) Assert.Equal(first.Digest, extractor.Digest);
        Assert.Equal(first.Digest, new ExtractorTrainer(modality, Short).Run(_folder["b"]).Digest);
        Assert.NotEqual(first.Digest, new ExtractorTrainer(modality, Short with { Seed = 1 }).Run(_folder["c"]).Digest);
    }

    [Fact]
    public void A_quarter_of_the_scenes_is_left_as_it_is_and_the_rest_is_tampered_with()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var batch = SceneBatch.Draw(Modality.Video, 3, 8);
        Assert.Equal([0, 1, 2, 3, 0, 1, 2, 3], batch.Tampering.data<long>().ToArray());
        Assert.Equal([8, 3, 16, 64, 64], batch.Input.shape);
        Assert.InRange(batch.Input.abs().max().item<float>(), 0, 1);
    }
}
