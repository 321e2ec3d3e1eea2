namespace MmDiffusion.Testing;

/// <summary>A new folder, deleted with everything in it at the end of a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("mmdiff-test-").FullName;

    /// <summary>The path of a file in the folder.</summary>
    internal string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
