using System.Text;
using MmDiffusion.Generation;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Failures;

/// <summary>Models that cannot be worked with: a sentence, exit code 1, and no folder of results.</summary>
[Trait("group", "unit")]
public sealed class BadModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Refused(string? model = null, params string[] more) => Refused(ExitCode.Failure, model, more);

    private string Refused(int exitCode, string? model, params string[] more)
    {
        var sentence = CommandRun.Refuse(exitCode, ["sample", "--model", model ?? _folder.Path, "--output", _folder["results"], .. more]);
        Assert.False(Directory.Exists(_folder["results"]));
        return sentence;
    }

    private void Describe(CoupledUNetConfiguration network) =>
        new ModelDirectory(_folder.Path, new ModelDescription
        {
            Kind = ModelKind.Joint,
            Coupled = network,
            SampleRate = TinyModel.SampleRate,
        }).Save();

    [Fact]
    public void A_model_that_is_not_there_is_said_with_where_it_was_sought()
    {
        Assert.Contains("there is no model 'nowhere'", Refused("nowhere"), StringComparison.Ordinal);
        Assert.Contains("there is no model 'elsewhere'", Refused("embedded", "--upscaler", "elsewhere"), StringComparison.Ordinal);
        Assert.Contains(
            "describes a model of kind joint, expected upscaler",
            Refused("embedded", "--upscaler", "embedded"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"coupled":{"audio_length":25599}}""", "audio length 25599 is not a multiple of 64")]
    [InlineData("""{"coupled":{"learn_sigma":"yes"}}""", "is no model description")]
    [InlineData("""{"kind":"joint","kind":"upscaler"}""", "is no model description")]
    [InlineData("{", "is no model description")]
    [InlineData("", "is no model description")]
    public void A_description_that_does_not_fit_is_said(string json, string said)
    {
        File.WriteAllText(_folder["config.json"], json);
        Assert.Contains(said, Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_missing_or_of_other_shapes_are_said_with_their_file()
    {
        Describe(TinyModel.Coupled);
        Assert.Contains("has no model.safetensors", Refused(), StringComparison.Ordinal);
        using var tiny = new TinyModel();
        File.Copy(Path.Combine(tiny.Folder, ModelDirectory.WeightsFile), _folder[ModelDirectory.WeightsFile]);
        Describe(TinyModel.Coupled with { BaseChannels = 64 });
        var sentence = Refused();
        Assert.Contains("of another shape", sentence, StringComparison.Ordinal);
        Assert.Contains($"'{_folder[ModelDirectory.WeightsFile]}'", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1L << 40, "{}", "expected at most")]
    [InlineData(
        null,
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""",
        "overlaps")]
    public void Safetensors_with_an_impossible_header_are_refused(long? length, string header, string said)
    {
        Describe(TinyModel.Coupled);
        var json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(_folder[ModelDirectory.WeightsFile], [.. BitConverter.GetBytes(length ?? json.Length), .. json, .. new byte[6]]);
        Assert.Contains(said, Refused(), StringComparison.Ordinal);
        Assert.Contains(
            said,
            CommandRun.Refuse(ExitCode.Failure, "checkpoint", "info", _folder[ModelDirectory.WeightsFile]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--steps", "100000")]
    [InlineData("--count", "100000000")]
    public void A_number_that_is_too_large_is_said(params string[] more)
    {
        using var tiny = new TinyModel();
        Assert.Contains("expected", Refused(ExitCode.Usage, tiny.Folder, [.. more, "--upscaler", "none"]), StringComparison.Ordinal);
    }
}
