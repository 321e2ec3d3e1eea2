using System.Text.Json;
using MmDiffusion.Cli.Tests.Processes;
using MmDiffusion.Generation;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Info;

[Trait("group", "unit")]
public sealed class InfoCommandTests : IDisposable
{
    private readonly TestTerminal _terminal = new();

    [Fact]
    public void Json_holds_versions_processor_devices_memory_precision_and_models()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run("info", "--json"));
        Assert.Empty(_terminal.Error);
        using var json = JsonDocument.Parse(_terminal.Output);
        var root = json.RootElement;
        var versions = root.GetProperty("versions");
        Assert.Equal(["mmdiff", "dotnet", "torchsharp", "libtorch", "ffmpeg"], versions.EnumerateObject().Select(version => version.Name));
        Assert.Matches(@"^\d+\.\d+\.\d+$", versions.GetProperty("libtorch").GetString());
        Assert.Equal(Environment.ProcessorCount, root.GetProperty("processor").GetProperty("cores").GetInt32());
        Assert.Equal(
            root.GetProperty("processor").GetProperty("bf16").GetBoolean() ? "bf16" : "fp32",
            root.GetProperty("precision").GetProperty("auto").GetString());
        var kernels = root.GetProperty("kernels");
        Assert.Equal(
            kernels.GetProperty("fp32").GetBoolean() && kernels.GetProperty("bf16").GetBoolean(),
            kernels.GetProperty("reason").ValueKind == JsonValueKind.Null);
        Assert.Equal("cpu", root.GetProperty("devices")[0].GetString());
        Assert.InRange(root.GetProperty("memory").GetProperty("total").GetInt64(), 1 << 26, long.MaxValue);
        Assert.Equal(JsonValueKind.Array, root.GetProperty("models").ValueKind);
    }

    [Fact]
    public void The_table_names_the_automatic_precision_and_why()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run("info"));
        Assert.Matches(@"precision +auto is (bf16|fp32): \w+", _terminal.Output);
        Assert.Matches(@"libtorch +\d", _terminal.Output);
        Assert.Matches(@"kernels +(fast for|libtorch's own: )", _terminal.Output);
    }

    [Fact]
    public void Where_kernels_cannot_be_used_it_is_said_why()
    {
        var start = BuiltProgram.StartInfo(BuiltProgram.Folder, "info", "--json");
        start.Environment["ONEDNN_MAX_CPU_ISA"] = "AVX2";
        using var json = JsonDocument.Parse(BuiltProgram.Run(start).Output);
        var kernels = json.RootElement.GetProperty("kernels");
        Assert.Equal((false, false, "ONEDNN_MAX_CPU_ISA is set"), (
            kernels.GetProperty("fp32").GetBoolean(), kernels.GetProperty("bf16").GetBoolean(), kernels.GetProperty("reason").GetString()));
    }

    [Fact]
    public void Models_are_listed_with_what_they_are_and_where()
    {
        using var library = new TemporaryFolder();
        Directory.CreateDirectory(library["broken"]);
        File.WriteAllText(library["broken/config.json"], "{");
        new ModelDirectory(library["tiny"], new ModelDescription
        {
            Kind = ModelKind.Joint,
            Coupled = TinyModel.Coupled,
            SampleRate = TinyModel.SampleRate,
        }).Save();
        var start = BuiltProgram.StartInfo(BuiltProgram.Folder, "info", "--json");
        start.Environment["MMDIFF_MODELS"] = library.Path;
        using var json = JsonDocument.Parse(BuiltProgram.Run(start).Output);
        var models = json.RootElement.GetProperty("models").EnumerateArray().ToDictionary(model => model.GetProperty("name").GetString()!);
        Assert.Equal(["broken", "embedded", "tiny"], models.Keys.Intersect(["broken", "embedded", "tiny"]));
        Assert.Equal(("joint", true, false, library["tiny"]), (
            models["tiny"].GetProperty("kind").GetString(), models["tiny"].GetProperty("trained").GetBoolean(),
            models["tiny"].GetProperty("upscaler").GetBoolean(), models["tiny"].GetProperty("path").GetString()));
        Assert.Equal(JsonValueKind.Null, models["broken"].GetProperty("kind").ValueKind);
    }

    [Fact]
    public void The_table_lists_the_embedded_model_and_its_folder()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run("info"));
        Assert.Matches(@"embedded \(trained(, with an upscaler)?\) in ", _terminal.Output);
    }

    public void Dispose() => _terminal.Dispose();
}
