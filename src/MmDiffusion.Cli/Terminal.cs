using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using Spectre.Console;

namespace MmDiffusion.Cli;

/// <summary>Where a command writes, and how it learns that it should stop. Tests put their own consoles in.</summary>
/// <param name="Output">Results: the standard output.</param>
/// <param name="Error">Progress and failures: the standard error.</param>
/// <param name="Stop">Cancelled by the first Ctrl-C, or by the warning of a scheduler.</param>
internal sealed record Terminal(IAnsiConsole Output, IAnsiConsole Error, CancellationToken Stop)
{
    /// <summary>The terminal of this process.</summary>
    internal static Terminal OfProcess(CancellationToken stop, CancellationToken end) =>
        new(Create(new StandardOutput()), Create(new StandardError()), stop) { End = end };

    /// <summary>Cancelled when the process is about to be ended by others, so that it waits for nobody any more.</summary>
    internal CancellationToken End { get; init; }

    /// <summary>Whether progress is shown as a bar that is drawn again and again, which nothing else may be written into.</summary>
    internal bool ShowsBar => Error.Profile.Capabilities.Interactive && Error.Profile.Out.IsTerminal;

    /// <summary>Writes a line of results as it is, neither wrapped nor styled.</summary>
    /// <exception cref="MmDiffusionException">They cannot be written; the work is done all the same.</exception>
    internal void WriteResult(string line)
    {
        Output.Profile.Out.Writer.WriteLine(line);
    }

    /// <summary>Writes a path as a line of results; what in a name would break the line is escaped.</summary>
    internal void WritePath(string path) => WriteResult(FileNames.Printable(path));

    /// <summary>Writes a sentence for the user beside the results, as it is.</summary>
    internal void WriteMessage(string sentence)
    {
        sentence = FileNames.Printable(sentence);
        // A bar moves out of the way of what is written through its console.
        if (ShowsBar) Error.Write(new Text($"mmdiff: {sentence}\n"));
        else Error.Profile.Out.Writer.WriteLine($"mmdiff: {sentence}");
    }

    private static IAnsiConsole Create(IAnsiConsoleOutput output)
    {
        const int unwrapped = 1000;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        // A program that reads a pipe wants whole lines.
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = unwrapped;
        return console;
    }
}
