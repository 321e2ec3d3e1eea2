using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Cli.Evaluating;

/// <summary>Follows the clips of a folder while showing how far it is.</summary>
internal static class TrackProgress
{
    internal static (IReadOnlyList<string> Files, IReadOnlyList<ChangeTrack> Tracks) Read(
        Terminal terminal,
        string folder,
        StreamChoice streams)
    {
        var files = MediaInputs.ExpandClips(folder);
        using var display = ProgressDisplay.Open(terminal);
        var work = display.Start("reading", files.Count, "clip");
        return (files, TrackReader.Read(files, streams, done => work.Report(done), terminal.Stop));
    }
}
