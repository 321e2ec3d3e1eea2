using System.Text;
using MmDiffusion.Media;
using MmDiffusion.Testing.Fuzzing;

namespace MmDiffusion.Training.Tests.Fuzzing;

[Trait("group", "unit")]
public sealed class WrongJsonTests : IDisposable
{
    private readonly Inputs _inputs = new();

    [Theory]
    [InlineData("model")]
    [InlineData("upscaler")]
    [InlineData("sections")]
    [InlineData("training")]
    [InlineData("state")]
    [InlineData("pack")]
    [InlineData("shard")]
    [InlineData("manifest")]
    [InlineData("index")]
    [InlineData("doctor")]
    public void A_value_that_is_null_of_another_type_missing_or_there_twice_is_refused_in_a_sentence(string name) =>
        Fuzz.EachValue(_inputs.All[name].Json, json => _inputs.Read(name, Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("training", "\"ema_rates\": [0.9]", "\"ema_rates\": null", "'ema_rates' is null, expected a value")]
    [InlineData("training", "\"coupled\": {", "\"coupled\": null, \"old\": {", "there is no setting 'old' in 'model'")]
    [InlineData("training", "\"steps\": 4", "\"steps\": \"4\"", "'steps' is not a whole number that fits")]
    [InlineData("training", "\"learning_rate\": 1e-3", "\"learning_rate\": 1e400", "'learning_rate' is not a number")]
    [InlineData("training", "\"kind\": \"joint\"", "\"kind\": \"both\"", "'model.kind' is not one of joint, upscaler")]
    [InlineData("pack", "\"frames\": 8", "\"frames\": -8", "has -8 frames")]
    [InlineData("pack", "\"file\": \"shard-00000.safetensors\"", "\"file\": \"../a\"", "expected the name of a file beside it")]
    [InlineData("state", "\"data\": \"", "\"data\": null, \"x\": \"", "'data' is null, expected a value")]
    public void A_refusal_names_the_setting(string name, string found, string replaced, string said)
    {
        var json = _inputs.All[name].Json;
        Assert.Contains(found, json, StringComparison.Ordinal);
        var exception = Assert.ThrowsAny<MmDiffusionException>(() =>
            _inputs.Read(name, Encoding.UTF8.GetBytes(json.Replace(found, replaced, StringComparison.Ordinal))));
        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _inputs.Dispose();
}
