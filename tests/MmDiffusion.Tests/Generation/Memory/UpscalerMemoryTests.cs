using MmDiffusion.Generation;
using MmDiffusion.Generation.Memory;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Tests.Generation.Memory;

[Trait("group", "unit")]
public sealed class UpscalerMemoryTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly (int, int) Frame = (512, 512);

    private static readonly TileLayout Whole = new(Frame, Frame, 2);

    [Fact]
    public void As_many_frames_as_fit_are_enlarged_together()
    {
        using var upscaler = model.LoadUpscaler();
        var memory = new UpscalerMemory(upscaler, reuses: false, others: 0);
        var (one, three) = (memory.Estimate(1, Whole), memory.Estimate(3, Whole));
        Assert.True(three > one);
        Assert.Equal(
            [1, 3, 3, 8],
            new[] { one, three, three + 1, long.MaxValue }.Select(limit => memory.Plan(Frame, 8, limit).FramesAtOnce));
        Assert.True(memory.Plan(Frame, 8, one).Tiles.IsWhole);
    }

    [Fact]
    public void A_frame_that_does_not_fit_is_split_into_the_largest_tiles_that_do()
    {
        using var upscaler = model.LoadUpscaler();
        var memory = new UpscalerMemory(upscaler, reuses: false, others: 0);
        var limit = memory.Estimate(1, Whole) - 1;
        var (frames, tiles) = memory.Plan(Frame, 8, limit);
        Assert.Equal((1, false), (frames, tiles.IsWhole));
        Assert.InRange(memory.Estimate(1, tiles), 0, limit);
        Assert.Equal(TileLayout.Candidates(Frame, 2).ElementAt(1).Tile, tiles.Tile);
    }

    [Fact]
    public void Too_little_memory_is_refused_with_what_suffices()
    {
        using var upscaler = model.LoadUpscaler();
        var memory = new UpscalerMemory(upscaler, reuses: false, others: 0);
        var said = Assert.ThrowsAny<MmDiffusionException>(() => memory.Plan(Frame, 1, 200_000_000)).Message;
        Assert.Contains("memory is limited to 0.20 GB, but the upscaler 'upscaler' needs at least ", said, StringComparison.Ordinal);
        var least = (long)(double.Parse(said.Split("at least ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) * 1e9);
        Assert.False(memory.Plan(Frame, 1, least).Tiles.IsWhole);
    }

    [Theory]
    [InlineData(false, Precision.Float32, 1)]
    [InlineData(true, Precision.Float32, 1)]
    [InlineData(true, Precision.BFloat16, 2)]
    public void Too_little_memory_is_refused_before_weights_are_read_by_what_is_said_when_they_are(
        bool hasJoint,
        Precision precision,
        int reuse)
    {
        using var copy = new TemporaryFolder();
        var (joint, upscaler) = (ModelDirectory.Open(model.Folder), ModelDirectory.Open(ModelDirectory.Open(model.Folder).Upscaler));
        foreach (var directory in new[] { joint, upscaler }) (directory with { Path = copy[directory.Name] }).Save();
        var (options, models) = (new UpscalingOptions { MemoryLimit = 200_000_000, Reuse = reuse }, new ModelOptions
        {
            Precision = precision,
        });
        using var loaded = Upscaler.Load(upscaler, models);
        using var other = JointModel.Load(joint, models);
        var enlarger = new FrameUpscaler(loaded, options, hasJoint ? other.WeightBytes : 0, trainedTiles: !hasJoint);
        var expected = Assert.ThrowsAny<MmDiffusionException>(() => enlarger.Plan(8, 8)).Message;
        var withoutWeights = upscaler with { Path = copy[upscaler.Name] };
        Assert.Null(withoutWeights.Weights);
        Assert.Equal(
            expected,
            Assert.ThrowsAny<MmDiffusionException>(() =>
                GenerationModels.RequireMemory(hasJoint ? joint : null, withoutWeights, options, models)).Message);
        var least = (long)(double.Parse(expected.Split("at least ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)
            * 1e9);
        GenerationModels.RequireMemory(hasJoint ? joint : null, withoutWeights, options with { MemoryLimit = least }, models);
        GenerationModels.RequireMemory(joint, null, options, models);
        GenerationModels.RequireMemory(joint, withoutWeights, options with { MemoryLimit = null }, models);
    }

    [Theory]
    [InlineData(100_000_000, true)]
    [InlineData(1_500_000_000, false)]
    [InlineData(100_000_000_000, false)]
    public void Without_a_limit_a_machine_that_has_too_little_is_told_of(long attainable, bool isTold)
    {
        var upscaler = ModelDirectory.Open(ModelDirectory.Open(model.Folder).Upscaler);
        var said = UpscalerMemory.Require(upscaler, null, new UpscalingOptions(), new ModelOptions(), attainable);
        Assert.Equal(isTold, said is not null);
        if (!isTold) return;
        Assert.Contains("needs about 0.", said, StringComparison.Ordinal);
        Assert.Contains("but only 0.10 GB of memory can be had here", said, StringComparison.Ordinal);
        Assert.DoesNotContain("--memory", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Kept_features_and_other_weights_count()
    {
        using var upscaler = model.LoadUpscaler();
        var alone = new UpscalerMemory(upscaler, reuses: false, others: 0).Estimate(1, Whole);
        Assert.Equal(alone + 1000, new UpscalerMemory(upscaler, reuses: false, others: 1000).Estimate(1, Whole));
        Assert.True(new UpscalerMemory(upscaler, reuses: true, others: 0).Estimate(1, Whole) > alone);
    }

    [Fact]
    public void What_the_machine_has_is_always_enough()
    {
        using var upscaler = model.LoadUpscaler();
        Assert.True(new UpscalerMemory(upscaler, reuses: false, others: 1L << 60).Plan(Frame, 4, null).FramesAtOnce == 1);
    }
}
