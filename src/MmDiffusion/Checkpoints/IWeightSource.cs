using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>Named tensors in a file, read one at a time: those of one section where a checkpoint has several.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>
    /// The tensors in the file's order, names without the prefix that a wrapper such as DataParallel gives to all of them. Where a
    /// checkpoint has several sections and none was asked for, those of the averaged weights (EMA), else of the section with most tensors.
    /// </summary>
    IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>
    /// Where in the file <see cref="Entries"/> are: names of the dicts around them, joined by dots; empty for the outermost.
    /// </summary>
    string Section { get; }

    /// <summary>The names of the other sections that would do as well.</summary>
    IReadOnlyList<string> OtherSections { get; }

    /// <summary>Tensors of the section that cannot be read, by name, with the reason and the remedy.</summary>
    IReadOnlyDictionary<string, string> Unreadable { get; }

    /// <summary>Text that the file carries beside its tensors.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    /// <returns>A CPU tensor of the stored type, of the caller's scope.</returns>
    /// <exception cref="MmDiffusionException">There is no such tensor, or the file is damaged.</exception>
    Tensor Load(string name);

    /// <summary>
    /// The section that has just the given names and shapes, at any depth and behind any prefix: averaged weights (EMA) before others,
    /// never the state of an optimiser.
    /// </summary>
    /// <param name="wanted">Names, shapes and types; where the type is floating point, so is the stored one.</param>
    /// <param name="fits">Whether there is one. Otherwise the result is the section that comes nearest.</param>
    /// <returns>The section, to be used before this source is disposed, and not disposed itself.</returns>
    IWeightSource Fitting(IReadOnlyList<WeightEntry> wanted, out bool fits);
}

/// <summary>A tensor in a file, by what is known without reading it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type it is stored in.</param>
/// <param name="Shape">Its shape; empty for a single number.</param>
public sealed record WeightEntry(string Name, ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, extent) => product * extent);
}

/// <summary>A tensor of a file.</summary>
/// <param name="Entry">Its full name, type and shape; without a shape where it cannot be read.</param>
/// <param name="Problem">Why it cannot be read, completing "it …"; null where it can.</param>
internal sealed record StoredTensor(WeightEntry Entry, string? Problem);

/// <summary>All tensors of a file, and the section of them that is shown.</summary>
internal sealed class StoredWeights : IWeightSource
{
    private const int SectionsNamed = 12;

    private readonly string _path;
    private readonly IReadOnlyList<StoredTensor> _all;
    private readonly WeightSections _sections;
    private readonly Func<int, Tensor> _load;
    private readonly IDisposable _file;
    private readonly View _shown;

    /// <param name="path">The file, for messages.</param>
    /// <param name="all">What it holds, by full names.</param>
    /// <param name="dictionaries">
    /// The dicts that hold tensors themselves, with the indices of these; null where the file has no dicts, and all belongs together.
    /// </param>
    /// <param name="metadata">Text beside the tensors.</param>
    /// <param name="load">Reads the tensor of an index into the caller's scope.</param>
    /// <param name="file">Disposed with this source.</param>
    /// <param name="section">The section to show; null to choose.</param>
    /// <exception cref="MmDiffusionException">There is no such section, or nothing in it can be read.</exception>
    internal StoredWeights(
        string path,
        IReadOnlyList<StoredTensor> all,
        IReadOnlyDictionary<string, List<int>>? dictionaries,
        IReadOnlyDictionary<string, string> metadata,
        Func<int, Tensor> load,
        IDisposable file,
        string? section)
    {
        (_path, _all, Metadata, _load, _file) = (path, all, metadata, load, file);
        _sections = new WeightSections(all, dictionaries, section ?? "");
        if (_sections.IsEmpty && section is not null)
        {
            var names = new WeightSections(all, dictionaries, "").Names;
            throw new MmDiffusionException(
                $"'{path}' has no section '{section}' with tensors; it has "
                + $"{string.Join(", ", names.Take(SectionsNamed).Select(name => $"'{name}'"))}{(names.Count > SectionsNamed
                    ? ", …"
                    : "")}");
        }
        _shown = new View(this, _sections.Shown(), []);
        if (_shown is { Entries.Count: 0, Unreadable.Count: > 0 })
            throw new MmDiffusionException(
                $"'{path}' cannot be loaded: '{_shown.Unreadable.First().Key}' {_shown.Unreadable.First().Value}");
    }

    public IReadOnlyList<WeightEntry> Entries => _shown.Entries;

    public string Section => _shown.Section;

    public IReadOnlyList<string> OtherSections => _shown.OtherSections;

    public IReadOnlyDictionary<string, string> Unreadable => _shown.Unreadable;

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every section that holds tensors, with their number and that of their elements.</summary>
    internal IReadOnlyList<IWeightSource> Sections() => [.. _sections.All().Select(found => new View(this, found, []))];

    public Tensor Load(string name) => _shown.Load(name);

    public IWeightSource Fitting(IReadOnlyList<WeightEntry> wanted, out bool fits)
    {
        var found = _sections.Fitting(wanted);
        fits = found.Count > 0;
        return fits
            ? new View(this, found[0], [.. found.Skip(1).Select(other => other.Name)])
            : _sections.Nearest(wanted) is { } nearest ? new View(this, nearest, []) : _shown;
    }

    public void Dispose() => _file.Dispose();

    private sealed class View : IWeightSource
    {
        private readonly StoredWeights _owner;
        private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);

        internal View(StoredWeights owner, WeightSection section, IReadOnlyList<string> others)
        {
            (_owner, Section, OtherSections) = (owner, section.Name, others);
            var (entries, unreadable) = (new List<WeightEntry>(), new Dictionary<string, string>(StringComparer.Ordinal));
            foreach (var (name, index) in section.Tensors)
            {
                if (owner._all[index].Problem is { } problem)
                {
                    unreadable[name] = problem;
                }
                else if (_indices.TryAdd(name, index))
                {
                    entries.Add(owner._all[index].Entry with { Name = name });
                }
            }
            (Entries, Unreadable) = (entries, unreadable);
        }

        public IReadOnlyList<WeightEntry> Entries { get; }

        public string Section { get; }

        public IReadOnlyList<string> OtherSections { get; }

        public IReadOnlyDictionary<string, string> Unreadable { get; }

        public IReadOnlyDictionary<string, string> Metadata => _owner.Metadata;

        public Tensor Load(string name)
        {
            if (Unreadable.TryGetValue(name, out var problem))
                throw new MmDiffusionException($"'{_owner._path}' cannot be loaded: '{name}' {problem}");
            if (!_indices.TryGetValue(name, out var index)) throw new MmDiffusionException($"'{_owner._path}' has no tensor '{name}'");
            try
            {
                return _owner._load(index);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                throw new MmDiffusionException($"'{_owner._path}' is damaged at '{name}': {exception.Message}", exception);
            }
        }

        public IWeightSource Fitting(IReadOnlyList<WeightEntry> wanted, out bool fits) => _owner.Fitting(wanted, out fits);

        public void Dispose()
        {
            // The file is the owner's.
        }
    }
}
