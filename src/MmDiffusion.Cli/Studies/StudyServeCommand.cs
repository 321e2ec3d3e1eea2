using System.CommandLine;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Cli.Studies;

/// <summary><c>mmdiff study serve</c>: the pages of raters and administrators.</summary>
internal sealed class StudyServeCommand : ProgramCommand
{
    internal StudyServeCommand(Terminal terminal) : base("serve", "Serve all studies of a database to raters, until stopped.", terminal) =>
        Add(StudyArguments.Server);

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff study serve", "on this machine only, http://localhost:5080"),
        new("mmdiff study serve --urls http://0.0.0.0:80 --joins-per-minute 200", "for everybody, a class of students among them"),
        new("mmdiff study serve --behind-proxy --database \"postgres:Host=db;Database=study;Username=me\"", "one of several servers"),
    ];

    protected override void Run(ParseResult parsed)
    {
        using var database = StudyDatabase.Open(parsed.GetRequiredValue(StudyArguments.Database), create: false);
        StudyServing.RunAsync(Terminal, database, StudyArguments.ServerOptions(parsed)).GetAwaiter().GetResult();
    }
}
