using System.Diagnostics;
using MmDiffusion.Cli.Tests.Processes;

namespace MmDiffusion.Cli.Tests.Failures;

/// <summary>What a shell allows a process: too little is one sentence and exit code 1.</summary>
[Trait("group", "unit")]
public class LimitTests
{
    [Theory]
    [InlineData("-n 100", "the limit of open files is 100, expected at least 256; raise it, for example with 'ulimit -n 1024'")]
    [InlineData("-n 60", "the limit of open files is 60, expected at least 256; raise it, for example with 'ulimit -n 1024'")]
    [InlineData(
        "-v 2097152",
        "the limit of addresses is 2048 MB, expected at least 3072 MB for libtorch alone; raise "
            + "it, for example with 'ulimit -v unlimited'")]
    public void Too_little_is_said_at_the_start(string limit, string said)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits are read as Linux shows them");
        Assert.Equal((1, "", $"mmdiff: {said}\n"), BuiltProgram.Run(Limited(limit, "info")));
    }

    [Fact]
    public void Enough_is_enough()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits are read as Linux shows them");
        Assert.Equal(0, BuiltProgram.Run(Limited("-n 256", "info")).ExitCode);
    }

    [Theory]
    [InlineData(typeof(IOException), "Too many open files : '/a/b'", "too many files are open at once")]
    [InlineData(typeof(OutOfMemoryException), "anything", "there is not enough memory")]
    [InlineData(
        typeof(System.Runtime.InteropServices.ExternalException),
        "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory",
        "there is not enough memory")]
    [InlineData(typeof(DllNotFoundException), "libtorch_cpu.so: failed to map segment from shared object", "there is not enough memory")]
    [InlineData(typeof(IOException), "Cannot allocate memory", "there is not enough memory")]
    public void Failures_that_come_of_limits_are_told_as_such_however_deep(Type type, string message, string said)
    {
        var cause = (Exception)Activator.CreateInstance(type, message)!;
        Assert.StartsWith(said, ProcessLimits.Explain(cause), StringComparison.Ordinal);
        Assert.StartsWith(
            said,
            ProcessLimits.Explain(new TypeInitializationException("TorchSharp.torch", new InvalidOperationException("x", cause))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Other_failures_are_not() =>
        Assert.Null(ProcessLimits.Explain(new InvalidOperationException("something else", new IOException("Broken pipe"))));

    private static ProcessStartInfo Limited(string limit, params string[] arguments)
    {
        var program = BuiltProgram.StartInfo(BuiltProgram.Folder, arguments);
        return new ProcessStartInfo("bash", ["-c", $"ulimit {limit}; exec \"$@\"", "-", program.FileName, .. program.ArgumentList])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }
}
