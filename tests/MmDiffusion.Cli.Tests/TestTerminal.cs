using Spectre.Console.Testing;

namespace MmDiffusion.Cli.Tests;

/// <summary>Runs command lines in this process, on Spectre's test consoles.</summary>
internal sealed class TestTerminal : IDisposable
{
    private readonly TestConsole _output = new TestConsole().Width(200);
    private readonly TestConsole _error = new TestConsole().Width(200);
    private readonly CancellationTokenSource _stop = new();

    internal TestTerminal() => Terminal = new Terminal(_output, _error, _stop.Token);

    internal Terminal Terminal { get; }

    internal string Output => _output.Output;

    internal string Error => _error.Output;

    /// <summary>As the first Ctrl-C does.</summary>
    internal void Stop() => _stop.Cancel();

    internal int Run(params string[] arguments) => new CommandLine(Terminal).Run(arguments);

    /// <summary>Runs with one more command.</summary>
    internal int RunWith(System.CommandLine.Command command, params string[] arguments)
    {
        var line = new CommandLine(Terminal);
        line.Root.Subcommands.Add(command);
        return line.Run(arguments);
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _stop.Dispose();
    }
}
