namespace MmDiffusion.Cli.Commands;

/// <summary>A command line to learn from, shown by <c>--help</c>.</summary>
internal sealed record Example(string CommandLine, string Meaning);
