using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MmDiffusion.Collectives;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Generating;

/// <summary>Shows the clips that were written: a path on each line as they come, or all at the end as JSON.</summary>
internal sealed class ClipResults
{
    private readonly Terminal _terminal;
    private readonly bool _waits;
    private readonly bool _isLimited;
    private readonly List<WrittenClip> _waiting = [];
    private IReadOnlyList<JsonNode>? _ofAllRanks;
    private bool _hasToldOfTiles;

    private ClipResults(Terminal terminal, bool waits, bool isLimited) =>
        (_terminal, _waits, _isLimited) = (terminal, waits || terminal.ShowsBar, isLimited);

    /// <summary>Runs work that writes clips; those it has written are shown even if it fails.</summary>
    /// <param name="terminal">Where they are shown.</param>
    /// <param name="json">Whether as JSON.</param>
    /// <param name="isLimited">Whether the command line limits the memory.</param>
    /// <param name="folder">Where they are written.</param>
    /// <param name="ranks">All ranks.</param>
    /// <param name="work">Writes clips.</param>
    internal static void Collect(
        Terminal terminal,
        bool json,
        bool isLimited,
        ClipFolder folder,
        ICollective ranks,
        Action<ClipResults> work)
    {
        var results = new ClipResults(terminal, json || ranks.Size > 1, isLimited);
        ExceptionDispatchInfo? failure = null;
        try
        {
            try
            {
                work(results);
            }
            catch (MmDiffusionException exception) when (!exception.EndsRun)
            {
                // All ranks know of it, see GenerationRun.Generate, and are here.
                failure = ExceptionDispatchInfo.Capture(exception);
            }
            results.Gather(ranks);
            failure?.Throw();
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
        else _terminal.WritePath(clip.Path);
        if (clip.Manifest.Upscaler is { Tile: { } tile } upscaler && tile != OwnTile(upscaler)) TellOfTiles(tile);
    }

    /// <summary>The tiles of frames that are larger than those the upscaler was trained on, whatever the memory.</summary>
    private static string? OwnTile(ClipManifest.ModelRecord upscaler) =>
        upscaler.Configuration.SuperResolution is { LargeSize: var size } ? FormattableString.Invariant($"{size}x{size}") : null;

    private void TellOfTiles(string tile)
    {
        if (_hasToldOfTiles) return;
        _hasToldOfTiles = true;
        var (limit, advice) = _isLimited
            ? ("--memory", "give --memory more, or leave it out")
            : MachineMemory.GroupLimit is { } bytes
                ? (string.Create(CultureInfo.InvariantCulture, $"the {bytes / 1e9:0.0} GB of this container or control group"),
                    "allow it more for whole frames")
                : ("the memory that is free here", "free some, or use a machine with more, for whole frames");
        _terminal.WriteMessage(
            $"to keep within {limit}, frames were enlarged in tiles of {tile} pixels, whose "
            + $"quality is less the smaller they are; {advice}");
    }

    // The first rank shows all results in one piece. Ranks also wait here for each other: none may tidy up while others work.
    private void Gather(ICollective ranks)
    {
        if (ranks.Size == 1) return;
        var all = ranks.AllGather(JsonSerializer.SerializeToUtf8Bytes(new JsonArray([.. _waiting.Select(Entry)])));
        var entries = all.SelectMany(bytes => JsonNode.Parse(bytes)!.AsArray().Select(node => node!)).OrderBy(SeedOf);
        _ofAllRanks = ranks.Rank == 0 ? [.. entries] : [];
    }

    private void Show(bool json)
    {
        var entries = _ofAllRanks ?? [.. _waiting.Select(Entry)];
        if (entries.Count == 0) return;
        if (json) _terminal.WriteResult(Json.Serialize(entries));
        else foreach (var entry in entries) _terminal.WritePath(entry["path"]!.GetValue<string>());
    }

    private static ulong SeedOf(JsonNode entry) => entry["manifest"]!["seed"]!.GetValue<ulong>();

    private static JsonObject Entry(WrittenClip clip) => new()
    {
        ["path"] = clip.Path,
        ["manifest_path"] = clip.ManifestPath,
        ["manifest"] = JsonNode.Parse(clip.Manifest.ToJson()),
    };
}
