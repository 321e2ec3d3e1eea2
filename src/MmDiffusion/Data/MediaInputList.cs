namespace MmDiffusion.Data;

/// <summary>The inputs of a run, of which some may fail while the others still have their turn.</summary>
public sealed class MediaInputList
{
    private readonly int _count;
    private readonly Action<string> _onFailure;
    private int _failed;

    /// <summary>Finds the files, see <see cref="MediaInputs.Expand(IEnumerable{string})"/>.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="onFailure">Given the sentence of each input that fails, but for the only one, which is an exception.</param>
    /// <exception cref="MmDiffusionException">No path has any file.</exception>
    public MediaInputList(IReadOnlyList<string> paths, Action<string> onFailure)
    {
        _onFailure = onFailure;
        _count = paths.Count;
        var files = new List<string>();
        foreach (var path in paths) Try(() => files.AddRange(MediaInputs.Expand([path])));
        Files = files;
        _count = files.Count + _failed;
        if (files.Count == 0) ThrowIfAnyFailed();
    }

    /// <summary>The media files.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Works through the files one by one.</summary>
    /// <param name="work">Given each file and the name of its results, see <see cref="MediaInputs.ResultNames"/>.</param>
    /// <exception cref="MmDiffusionException">The only input failed; or some of several did, which says how many.</exception>
    public void ForEach(Action<string, string> work)
    {
        foreach (var (file, name) in Files.Zip(MediaInputs.ResultNames(Files))) Try(() => work(file, name));
        ThrowIfAnyFailed();
    }

    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (MmDiffusionException exception) when (_count > 1)
        {
            _failed++;
            _onFailure(exception.Message);
        }
    }

    private void ThrowIfAnyFailed()
    {
        if (_failed > 0) throw new MmDiffusionException($"{_failed} of {_count} inputs failed, see above");
    }
}
