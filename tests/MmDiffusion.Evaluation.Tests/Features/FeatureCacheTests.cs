using MmDiffusion.Evaluation.Features;

namespace MmDiffusion.Evaluation.Tests.Features;

[Trait("group", "unit")]
public sealed class FeatureCacheTests : IDisposable
{
    private static readonly string Key = FeatureCache.Key("a clip", "an extractor");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_kept_is_found_by_another_cache_on_the_folder()
    {
        new FeatureCache(_folder["cache"]).Add(Key, [1, 2, 3]);
        Assert.Equal([1, 2, 3], new FeatureCache(_folder["cache"]).Find(Key));
        Assert.Null(new FeatureCache(_folder["cache"]).Find(FeatureCache.Key("a clip", "another extractor")));
    }

    [Fact]
    public void What_was_damaged_is_not_found()
    {
        var cache = new FeatureCache(_folder["cache"]);
        cache.Add(Key, [1, 2, 3]);
        var file = Assert.Single(Directory.GetFiles(_folder["cache"], "*", SearchOption.AllDirectories));
        var bytes = File.ReadAllBytes(file);
        for (var i = 0; i < bytes.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 1;
            File.WriteAllBytes(file, damaged);
            Assert.Null(cache.Find(Key));
        }
        File.WriteAllBytes(file, bytes[..10]);
        Assert.Null(cache.Find(Key));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_does_no_harm()
    {
        File.WriteAllText(_folder["file"], "");
        var cache = new FeatureCache(_folder["file"]);
        cache.Add(Key, [1]);
        Assert.Null(cache.Find(Key));
    }
}
