using System.Diagnostics;
using System.Text.Json;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>How the built program finds libtorch, or says that it cannot.</summary>
[Trait("group", "unit")]
public sealed class NativeLibraryTests : IDisposable
{
    private const string Bridge = "libLibTorchSharp.so";

    private readonly TemporaryFolder _program = new();
    private readonly TemporaryFolder _cache = new();

    [Fact]
    public void It_loads_with_an_empty_cache_and_leaves_the_packages_library_alone()
    {
        BuiltProgram.CopyTo(_program.Path, name => !name.Contains(".relaxed.", StringComparison.Ordinal));
        var packaged = new FileInfo(Native(_program.Path, Bridge)).ResolveLinkTarget(returnFinalTarget: true)?.FullName
            ?? Native(_program.Path, Bridge);
        var before = File.ReadAllBytes(packaged);
        AssertLoads();
        Assert.Equal(before, File.ReadAllBytes(packaged));
        Assert.DoesNotContain(Directory.GetFiles(_program.Path), file =>
            !Path.GetFileName(file).EndsWith(".relaxed.so", StringComparison.Ordinal)
                && file.Contains(".relaxed.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_copy_from_an_earlier_start_is_replaced()
    {
        BuiltProgram.CopyTo(_program.Path, _ => true);
        AssertLoads();
        if (Directory.GetFiles(_program.Path, "*.relaxed.so") is not [var copy])
        {
            Assert.Skip("this system loads libtorch without help");
            return;
        }
        var good = File.ReadAllBytes(copy);
        var damaged = (byte[])good.Clone();
        Array.Clear(damaged, 0x40, damaged.Length - 0x40);
        File.WriteAllBytes(copy, damaged);
        AssertLoads();
        Assert.Equal(good, File.ReadAllBytes(copy));
    }

    [Fact]
    public async Task Several_first_starts_at_once_all_load()
    {
        BuiltProgram.CopyTo(_program.Path, name => !name.Contains(".relaxed.", StringComparison.Ordinal));
        var starts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => BuiltProgram.Run(Info()))));
        Assert.All(starts, start => Assert.Equal((ExitCode.Success, ""), (start.ExitCode, start.Error)));
    }

    [Fact]
    public void Another_user_can_use_what_one_has_built()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) Assert.Skip("only root can become another user");
        var start = BuiltProgram.StartInfo(BuiltProgram.Folder, "info", "--json");
        start.Environment["HOME"] = "/nowhere";
        start.Environment.Remove("TMPDIR");
        string[] another = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", start.FileName];
        foreach (var argument in another.Reverse()) start.ArgumentList.Insert(0, argument);
        start.FileName = "setpriv";
        var (exitCode, output, error) = BuiltProgram.Run(start);
        if (error.Contains("does not exist", StringComparison.Ordinal)) Assert.Skip("the checkout lies where no other user may look");
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        JsonDocument.Parse(output).Dispose();
    }

    [Fact]
    public void A_program_without_libtorch_says_so_in_one_sentence()
    {
        BuiltProgram.CopyTo(_program.Path, name =>
            !name.StartsWith("runtimes", StringComparison.Ordinal) && !name.Contains(".relaxed.", StringComparison.Ordinal));
        Assert.Contains($"'{Bridge}' was not found", Sentence(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_libtorch_without_its_main_library_says_so_in_one_sentence()
    {
        BuiltProgram.CopyTo(_program.Path, name => !name.EndsWith("libtorch_cpu.so", StringComparison.Ordinal));
        Assert.Contains("libtorch_cpu.so", Sentence(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not a library at all")]
    [InlineData("")]
    public void A_corrupt_bridge_library_is_one_sentence(string content)
    {
        BuiltProgram.CopyTo(_program.Path, name =>
            !name.EndsWith(Bridge, StringComparison.Ordinal) && !name.Contains(".relaxed.", StringComparison.Ordinal));
        File.WriteAllText(Native(_program.Path, Bridge), content);
        Assert.Contains("libtorch could not be loaded", Sentence(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_bridge_library_is_one_sentence()
    {
        BuiltProgram.CopyTo(_program.Path, name =>
            !name.EndsWith(Bridge, StringComparison.Ordinal) && !name.Contains(".relaxed.", StringComparison.Ordinal));
        File.WriteAllBytes(Native(_program.Path, Bridge), File.ReadAllBytes(Native(BuiltProgram.Folder, Bridge))[..100_000]);
        Assert.Contains("cut short", Sentence(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _program.Dispose();
        _cache.Dispose();
    }

    private void AssertLoads()
    {
        var (exitCode, output, error) = BuiltProgram.Run(Info());
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        JsonDocument.Parse(output).Dispose();
    }

    private string Sentence()
    {
        var (exitCode, output, error) = BuiltProgram.Run(Info());
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Empty(output);
        var line = Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("mmdiff: libtorch could not be loaded: ", line, StringComparison.Ordinal);
        return line;
    }

    private ProcessStartInfo Info()
    {
        var start = BuiltProgram.StartInfo(_program.Path, "info", "--json");
        start.Environment["XDG_CACHE_HOME"] = _cache.Path;
        return start;
    }

    private static string Native(string program, string file) => Path.Combine(program, "runtimes", "linux-x64", "native", file);
}
