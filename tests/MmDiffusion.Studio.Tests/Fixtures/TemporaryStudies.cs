using System.Text;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>An empty SQLite database, deleted at the end of a test.</summary>
internal sealed class TemporaryStudies : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal TemporaryStudies() => Database = StudyDatabase.Open(Address);

    internal string Address => $"sqlite:{_folder["studies.db"]}";

    internal StudyDatabase Database { get; }

    /// <summary>Whether a text is anywhere in the database's files, deleted or not.</summary>
    internal bool FilesHold(string text) => Directory.GetFiles(_folder.Path).Any(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd().Contains(text, StringComparison.Ordinal);
    });

    public void Dispose()
    {
        Database.Dispose();
        _folder.Dispose();
    }
}
