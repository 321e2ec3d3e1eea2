using System.Text.Json.Nodes;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Generating;

/// <summary>Shows the clips that were written: a path on each line as they come, or all at the end as JSON.</summary>
internal sealed class ClipResults
{
    private readonly Terminal _terminal;
    private readonly bool _waits;
    private readonly List<WrittenClip> _waiting = [];

    private ClipResults(Terminal terminal, bool json) => (_terminal, _waits) = (terminal, json || terminal.ShowsBar);

    /// <summary>Runs work that writes clips; those it has written are shown even if it fails.</summary>
    internal static void Collect(Terminal terminal, bool json, ClipFolder folder, Action<ClipResults> work)
    {
        var results = new ClipResults(terminal, json);
        try
        {
            work(results);
        }
        finally
        {
            try
            {
                if (folder.WriteSheet() is { } sheet) terminal.WriteMessage($"the sheet of all clips is {sheet}");
            }
            finally
            {
                results.Show(json);
            }
        }
    }

    internal void Add(WrittenClip clip)
    {
        if (_waits) _waiting.Add(clip);
        else _terminal.WriteResult(clip.Path);
    }

    private void Show(bool json)
    {
        if (!json) _waiting.ForEach(clip => _terminal.WriteResult(clip.Path));
        else if (_waiting.Count > 0) _terminal.WriteResult(Json.Serialize(_waiting.Select(Entry)));
    }

    private static JsonObject Entry(WrittenClip clip) => new()
    {
        ["path"] = clip.Path,
        ["manifest_path"] = clip.ManifestPath,
        ["manifest"] = JsonNode.Parse(clip.Manifest.ToJson()),
    };
}
