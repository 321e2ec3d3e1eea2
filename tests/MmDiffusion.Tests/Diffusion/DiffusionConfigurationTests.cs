using System.Text.Json;
using MmDiffusion.Diffusion;
using MmDiffusion.Media;

namespace MmDiffusion.Tests.Diffusion;

[Trait("group", "unit")]
public sealed class DiffusionConfigurationTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Fact]
    public void It_is_stored_in_snake_case_and_read_back()
    {
        var configuration = new DiffusionConfiguration
        {
            Schedule = ScheduleKind.Cosine,
            Steps = 500,
            Prediction = PredictionKind.V,
            Variance = VarianceKind.LearnedRange,
        };
        var json = JsonSerializer.Serialize(configuration, SnakeCase);
        Assert.Equal("""{"schedule":"cosine","steps":500,"prediction":"v","variance":"learned_range"}""", json);
        Assert.Equal(configuration, JsonSerializer.Deserialize<DiffusionConfiguration>(json, SnakeCase));
    }

    [Fact]
    public void The_defaults_are_the_base_model_s() =>
        Assert.Equal(
            """{"schedule":"linear","steps":1000,"prediction":"epsilon","variance":"fixed_large"}""",
            JsonSerializer.Serialize(new DiffusionConfiguration(), SnakeCase));

    [Fact]
    public void Everything_wrong_is_named_at_once()
    {
        var message = Assert.ThrowsAny<MmDiffusionException>(() =>
            new DiffusionConfiguration { Steps = 20, Prediction = (PredictionKind)7, Variance = (VarianceKind)9 }.Validate()).Message;
        Assert.Equal("the diffusion's configuration is not valid: steps is 20, expected 21 to 100000 with the linear schedule; "
            + "prediction is 7, expected epsilon, x0 or v; variance is 9, expected fixed_large, fixed_small or learned_range", message);
    }
}
