using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Evaluation.Alignment;

namespace MmDiffusion.Cli.Evaluating;

/// <summary>Follows the clips of a folder while showing how far it is.</summary>
internal static class TrackProgress
{
    internal static (IReadOnlyList<string> Files, IReadOnlyList<ChangeTrack> Tracks) Read(Terminal terminal, string folder)
    {
        var files = MediaInputs.Expand([folder]);
        IReadOnlyList<ChangeTrack> tracks = [];
        ProgressDisplay.Run(terminal, display =>
        {
            var work = display.Start("reading", files.Count, "clip");
            tracks = TrackReader.Read(files, done => work.Report(done), terminal.Stop);
        });
        return (files, tracks);
    }
}
