using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>The inputs of a run, of which some may fail while the others still have their turn.</summary>
public sealed class MediaInputList
{
    private readonly List<(string File, string Name)> _files = [];
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
        var (files, passedOver) = (new List<string>(), new List<PassedOver>());
        foreach (var path in paths)
        {
            Try(() =>
            {
                var found = MediaInputs.Find(path);
                files.AddRange(found.Files);
                passedOver.Add(found.PassedOver);
            });
        }
        _files.AddRange(files.Zip(MediaInputs.ResultNames(files)));
        PassedOver = [.. passedOver.Where(folder => folder.Files.Count > 0)];
        _count = files.Count + _failed;
        if (files.Count == 0) ThrowIfAnyFailed();
    }

    /// <summary>The media files, without those that <see cref="Check"/> found something wrong with.</summary>
    public IReadOnlyList<string> Files => [.. _files.Select(entry => entry.File)];

    /// <summary>What was passed over in folders; empty where nothing was.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; }

    /// <summary>Checks the files before any is worked on: those that fail have failed, and have no turn.</summary>
    /// <param name="check">Given each file and the name of its results.</param>
    /// <exception cref="MmDiffusionException">The only input failed, or all did.</exception>
    public void Check(Action<string, string> check)
    {
        _files.RemoveAll(entry => !Try(() => check(entry.File, entry.Name)));
        if (_files.Count == 0) ThrowIfAnyFailed();
    }

    /// <summary>Works through the files one by one.</summary>
    /// <param name="work">Given each file and the name of its results, see <see cref="MediaInputs.ResultNames"/>.</param>
    /// <exception cref="MmDiffusionException">The only input failed; or some of several did, which says how many.</exception>
    public void ForEach(Action<string, string> work)
    {
        foreach (var (file, name) in _files) Try(() => work(file, name));
        ThrowIfAnyFailed();
    }

    private bool Try(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (MmDiffusionException exception) when (_count > 1 && !exception.EndsRun)
        {
            _failed++;
            _onFailure(exception.Message);
            return false;
        }
    }

    private void ThrowIfAnyFailed()
    {
        if (_failed > 0) throw new MmDiffusionException($"{_failed} of {_count} inputs failed, see above");
    }
}
