using MmDiffusion.Cli.Progress;
using MmDiffusion.Data;
using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Cli.Evaluating;

/// <summary>Follows the clips of a folder while showing how far it is, and says what it passes over and how clips are read.</summary>
internal static class TrackProgress
{
    internal static (IReadOnlyList<string> Files, IReadOnlyList<ChangeTrack> Tracks) Read(
        Terminal terminal,
        string folder,
        StreamChoice streams)
    {
        var (files, passedOver) = MediaInputs.FindClips(folder);
        if (passedOver.Sentence() is { } sentence) terminal.WriteMessage(sentence);
        var notices = new List<ReadingNotice>();
        using (var display = ProgressDisplay.Open(terminal))
        {
            var work = display.Start("reading", files.Count, "clip");
            var tracks = TrackReader.Read(files, streams, done => work.Report(done), notices.Add, terminal.Stop);
            foreach (var notice in notices) terminal.WriteMessage($"{notice}");
            return (files, tracks);
        }
    }
}
