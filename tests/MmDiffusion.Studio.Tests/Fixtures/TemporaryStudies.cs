using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>An empty SQLite database, deleted at the end of a test.</summary>
internal sealed class TemporaryStudies : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal TemporaryStudies() => Database = StudyDatabase.Open(Address);

    internal string Address => $"sqlite:{_folder["studies.db"]}";

    internal StudyDatabase Database { get; }

    public void Dispose()
    {
        Database.Dispose();
        _folder.Dispose();
    }
}
