using System.Diagnostics;
using System.Text.Json;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>A libtorch that the user names instead of the one beside the program.</summary>
[Trait("group", "unit")]
public sealed class NamedLibtorchTests : IDisposable
{
    private readonly TemporaryFolder _program = new();
    private readonly TemporaryFolder _named = new();

    public NamedLibtorchTests()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("the libraries have other names elsewhere");
        BuiltProgram.CopyTo(_program.Path, name => !IsLibtorch(name));
        Directory.CreateDirectory(_named["lib"]);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(BuiltProgram.Folder, "runtimes", "linux-x64", "native"))
            .Where(file => IsLibtorch(Path.GetFileName(file))))
            Link(file);
    }

    [Theory]
    [InlineData("build-version", "2.10.0+cu128")]
    [InlineData("version.py", "__version__ = '2.10.0+cpu'\ndebug = False\n")]
    public void It_computes_in_a_program_that_has_none(string file, string content)
    {
        File.WriteAllText(_named[file], content);
        var backend = Report("info", "--json").GetProperty("backend");
        Assert.Equal("named by MMDIFF_LIBTORCH or an option", backend.GetProperty("origin").GetString());
        Assert.Equal(_named["lib"], backend.GetProperty("folder").GetString());
    }

    [Fact]
    public void The_option_comes_before_the_environment()
    {
        File.WriteAllText(_named["build-version"], "2.10.0+cpu");
        var start = Start("info", "--json", "--libtorch", _named.Path);
        start.Environment["MMDIFF_LIBTORCH"] = "/nowhere";
        Assert.Equal((ExitCode.Success, ""), (BuiltProgram.Run(start) is var run ? run.ExitCode : 0, run.Error));
    }

    [Theory]
    [InlineData("2.9.1+cpu", "is of version 2.9.1, expected 2.10.0")]
    [InlineData(null, "is of an unknown version, expected 2.10.0")]
    public void Another_version_is_one_sentence_and_tried_where_that_is_asked_for(string? version, string sentence)
    {
        if (version is not null) File.WriteAllText(_named["build-version"], version);
        var start = Start("info", "--json");
        Assert.Contains(sentence, Sentence(start), StringComparison.Ordinal);
        start.Environment["MMDIFF_LIBTORCH_UNCHECKED"] = "1";
        var (exitCode, output, error) = BuiltProgram.Run(start);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        using var report = JsonDocument.Parse(output);
        Assert.Equal(version?.Split('+')[0] ?? "unknown", report.RootElement.GetProperty("versions").GetProperty("libtorch").GetString());
        // Inner functions are taken from the known version alone.
        Assert.False(report.RootElement.GetProperty("kernels").GetProperty("fp32").GetBoolean());
    }

    [Fact]
    public void A_function_that_is_missing_is_found_before_anything_is_computed()
    {
        File.WriteAllText(_named["build-version"], "2.10.0");
        // A library that has none of the functions, in the place of the one that has most.
        File.Delete(_named["lib/libtorch_cpu.so"]);
        File.Copy(Path.Combine(BuiltProgram.Folder, "runtimes", "linux-x64", "native", "libc10.so"), _named["lib/libtorch_cpu.so"]);
        var sentence = Sentence(Start("info"));
        Assert.Contains("libtorch could not be loaded", sentence, StringComparison.Ordinal);
        Assert.Contains("undefined symbol", sentence, StringComparison.Ordinal);
        Assert.Contains($"the libtorch in '{_named["lib"]}' does not fit", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_one_is_one_sentence()
    {
        var start = Start("info");
        start.Environment["MMDIFF_LIBTORCH"] = _program.Path;
        Assert.Contains($"there is no libtorch in '{_program.Path}'", Sentence(start), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_one_the_report_says_why_the_other_devices_are_not_used()
    {
        var (exitCode, output, _) = BuiltProgram.Run(BuiltProgram.StartInfo(BuiltProgram.Folder, "info", "--json"));
        Assert.Equal(ExitCode.Success, exitCode);
        using var report = JsonDocument.Parse(output);
        var backend = report.RootElement.GetProperty("backend");
        Assert.Equal(("cpu", "beside the program"), (backend.GetProperty("device").GetString(), backend.GetProperty("origin").GetString()));
        Assert.StartsWith(
            "this libtorch was built without it",
            backend.GetProperty("not_used").GetProperty("cuda").GetString(),
            StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _program.Dispose();
        _named.Dispose();
    }

    private static bool IsLibtorch(string name) =>
        Path.GetFileName(name) is var file
        && (file.StartsWith("libtorch", StringComparison.Ordinal)
            || file.StartsWith("libc10", StringComparison.Ordinal)
            || file.StartsWith("libgomp", StringComparison.Ordinal));

    private void Link(string file) => File.CreateSymbolicLink(
        Path.Combine(_named["lib"], Path.GetFileName(file)),
        new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file);

    private ProcessStartInfo Start(params string[] arguments)
    {
        var start = BuiltProgram.StartInfo(_program.Path, arguments);
        start.Environment["MMDIFF_LIBTORCH"] = _named.Path;
        return start;
    }

    private JsonElement Report(params string[] arguments)
    {
        var (exitCode, output, error) = BuiltProgram.Run(Start(arguments));
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        using var report = JsonDocument.Parse(output);
        return report.RootElement.Clone();
    }

    private static string Sentence(ProcessStartInfo start)
    {
        var (exitCode, output, error) = BuiltProgram.Run(start);
        Assert.Equal((ExitCode.Failure, ""), (exitCode, output));
        return Assert.Single(error.TrimEnd('\n').Split('\n'));
    }
}
