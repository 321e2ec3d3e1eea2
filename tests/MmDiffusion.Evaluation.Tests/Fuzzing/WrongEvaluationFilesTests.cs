using System.Text;
using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;
using MmDiffusion.Testing.Fuzzing;

namespace MmDiffusion.Evaluation.Tests.Fuzzing;

/// <summary>The files that evaluations read, with a small valid one of each kind.</summary>
internal sealed class EvaluationFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal Dictionary<string, (string Json, Action<string> Read)> All { get; } = new(StringComparer.Ordinal)
    {
        ["protocol"] = (FirstVersion.Read("protocol.json"), path => EvaluationProtocol.Read(path)),
        ["loss"] = (FirstVersion.Read("loss.json"), path => LossReport.Read(path)),
        ["report"] = (FirstVersion.Read("report/report.json"), ReadAndShow),
        ["extractor"] =
            ("""{"name":"i3d","format":"i3d","modality":"video","weights":"a.pt","height":224,"width":224,"layout":"BCFHW","""
                + """ "range":[-1,1],"mean":[0,0,0],"deviation":[1,1,1]}""",
                path => ExtractorDescription.Read(path)),
        ["truth"] = ("""{"kind":"rain","seed":3,"event_times":[0.25,1.5]}""", path => TrueEvents.Read(path, 10)),
    };

    internal void Read(string name, byte[] json)
    {
        File.WriteAllBytes(_folder[$"{name}.json"], json);
        All[name].Read(_folder[$"{name}.json"]);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>What was accepted can also be compared and written.</summary>
    private static void ReadAndShow(string path)
    {
        var comparison = ReportComparison.Read([path, path]);
        Assert.NotEmpty(comparison.Reports[1].ToJson());
        Assert.NotNull(comparison.Reports[0].Notices().ToList());
    }
}

[Trait("group", "unit")]
public sealed class WrongEvaluationFilesTests : IDisposable
{
    private readonly EvaluationFiles _files = new();

    [Theory]
    [InlineData("protocol")]
    [InlineData("loss")]
    [InlineData("report")]
    [InlineData("extractor")]
    [InlineData("truth")]
    public void A_value_that_is_null_of_another_type_missing_or_there_twice_is_refused_in_a_sentence(string name) =>
        Fuzz.EachValue(_files.All[name].Json, json => _files.Read(name, Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("report", "\"label\": \"generated\"", "\"label\": null", "'label' is null, expected a value")]
    [InlineData(
        "report",
        "\"comparability\": \"",
        "\"comparability\": \"abc\", \"old\": \"",
        "'comparability' is \"abc\", expected a SHA-256 in hexadecimal")]
    [InlineData("report", "\"resamples\": 20", "\"resamples\": 1e400", "is not a whole number that fits")]
    [InlineData("report", "\"frame_rate\": 10", "\"frame_rate\": 1e400", "is not a number")]
    [InlineData("report", "\"format\": 2", "\"format\": \"2\"", "its format is \"2\", expected 2; evaluate again")]
    [InlineData("loss", "\"ratio\": 0.", "\"ratio\": 1e999, \"old\": 0.", "is not a number")]
    [InlineData("protocol", "\"name\": \"small\"", "\"name\": null", "'name' is null, expected a value")]
    [InlineData("protocol", "\"frames\": 16", "\"placement\": \"middle\"", "'placement' is not one of")]
    [InlineData("truth", "[0.25,1.5]", "[0.25,null]", "'event_times[1]' is not a number")]
    [InlineData("truth", "[0.25,1.5]", "[-1]", "are not seconds from 0")]
    [InlineData("extractor", "[-1,1]", "[null,1]", "'range[0]' is not a number")]
    public void A_refusal_names_what_is_wrong(string name, string found, string replaced, string said)
    {
        var json = _files.All[name].Json;
        Assert.Contains(found, json, StringComparison.Ordinal);
        var exception = Assert.ThrowsAny<MmDiffusionException>(() =>
            _files.Read(name, Encoding.UTF8.GetBytes(json.Replace(found, replaced, StringComparison.Ordinal))));
        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _files.Dispose();
}

[Trait("group", "fuzz")]
[Collection("fuzz")]
public sealed class EvaluationFuzzTests : IDisposable
{
    private readonly EvaluationFiles _files = new();
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("protocol")]
    [InlineData("loss")]
    [InlineData("report")]
    [InlineData("extractor")]
    [InlineData("truth")]
    public void Json_of_evaluations(string name) =>
        Assert.InRange(
            Fuzz.Run(new JsonMutator([_files.All[name].Json]), json => _files.Read(name, json)).Refused,
            Fuzz.Mutations / 10,
            Fuzz.Mutations - 100);

    [Fact]
    public void Tables_of_losses() => Fuzz.Run(
        ByteMutator.OfText(
            [FirstVersion.Read("losses-to-step-3.csv")], ",", "\n", "NaN", "Infinity", "-1", "1e400", "loss", "9223372036854775808"),
        bytes =>
        {
            File.WriteAllBytes(_folder["losses.csv"], bytes);
            File.WriteAllText(_folder["held-out.csv"], FirstVersion.Read("held-out-to-step-3.csv"));
            TrainingCurve.Smooth(TrainingCurve.Read(_folder.Path).Training, 3);
        });

    public void Dispose()
    {
        _files.Dispose();
        _folder.Dispose();
    }
}
