using System.Diagnostics;
using System.Text.Json;

namespace MmDiffusion.Cli.Tests.Processes;

[Trait("group", "unit")]
public sealed class BuiltProgramTests
{
    [Fact]
    public void Json_is_all_there_is_on_the_standard_output()
    {
        var (exitCode, output, error) = BuiltProgram.Run(BuiltProgram.StartInfo(BuiltProgram.Folder, "info", "--json"));
        Assert.Equal("", error);
        Assert.Equal(ExitCode.Success, exitCode);
        JsonDocument.Parse(output).Dispose();
    }

    [Fact]
    public void A_usage_error_returns_2_and_leaves_the_standard_output_empty()
    {
        var (exitCode, output, error) = BuiltProgram.Run(BuiltProgram.StartInfo(BuiltProgram.Folder, "info", "--bad"));
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Empty(output);
        Assert.Contains("'--bad'", error, StringComparison.Ordinal);
    }

    /// <summary>
    /// libtorch has messages of its own, such as of libraries that a processor does not suit; they are nothing to who evaluates.
    /// </summary>
    [Fact]
    [Trait("group", "slow")]
    public void All_that_an_evaluation_says_are_lines_of_the_program()
    {
        using var folder = new TemporaryFolder();
        foreach (var seed in new[] { "1", "2" })
            BuiltProgram.Run(BuiltProgram.StartInfo(
                BuiltProgram.Folder, "data", "synth", "--count", "16", "--size", "16", "--seed", seed, "--output", folder[seed]));
        var start = BuiltProgram.StartInfo(
            BuiltProgram.Folder, "evaluate", "--real", folder["1"], "--generated", folder["2"], "--cache", folder["cache"], "--output",
            folder["report"]);
        var (exitCode, _, error) = BuiltProgram.Run(start);
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.All(error.Trim().Split('\n'), line => Assert.StartsWith("mmdiff: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_ffmpeg_info_says_how_to_install_it()
    {
        using var empty = new TemporaryFolder();
        var start = BuiltProgram.StartInfo(BuiltProgram.Folder, "info");
        start.FileName = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? host
            : FindOnPath("dotnet");
        start.Environment["PATH"] = empty.Path;
        var (exitCode, output, _) = BuiltProgram.Run(start);
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("apt-get install ffmpeg", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "mmdiff: 'mmdiff data index' is the work of one process, but mpirun started 3; start it without mpirun")]
    [InlineData("2", "")]
    public void What_one_process_does_is_refused_to_several_and_one_of_them_says_so(string rank, string expected)
    {
        using var folder = new TemporaryFolder();
        var start = BuiltProgram.StartInfo(BuiltProgram.Folder, "data", "index", folder.Path);
        (start.Environment["OMPI_COMM_WORLD_SIZE"], start.Environment["OMPI_COMM_WORLD_RANK"]) = ("3", rank);
        var (exitCode, output, error) = BuiltProgram.Run(start);
        Assert.Equal((ExitCode.Failure, "", expected), (exitCode, output, error.Trim()));
    }

    [Theory]
    [InlineData("mmdiff in", "info")]
    [InlineData("./mmdiff info --js", "--json")]
    [InlineData("./mmdiff completion powe", "powershell")]
    public void The_Tab_key_of_a_real_bash_completes(string line, string expected)
    {
        if (OperatingSystem.IsWindows() || !File.Exists("/bin/bash"))
        {
            Assert.Skip("there is no /bin/bash");
            return;
        }
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["mmdiff"], $"#!/bin/sh\nexec dotnet '{Path.Combine(BuiltProgram.Folder, "mmdiff.dll")}' \"$@\"\n");
        File.SetUnixFileMode(folder["mmdiff"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var script = $$"""
            cd '{{folder.Path}}'; PATH=$PWD:$PATH
            source <(mmdiff completion bash)
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=({{line}}) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _mmdiff
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var (_, output, error) = BuiltProgram.Run(new ProcessStartInfo("/bin/bash", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        Assert.Equal("", error);
        Assert.Equal(expected, output.Trim());
    }

    private static string FindOnPath(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, program)).First(File.Exists);
}
