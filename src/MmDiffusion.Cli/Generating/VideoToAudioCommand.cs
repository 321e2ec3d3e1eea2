using MmDiffusion.Cli.Data;
using MmDiffusion.Generation;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Cli.Generating;

/// <summary><c>mmdiff video-to-audio</c>: makes sound for pictures.</summary>
internal sealed class VideoToAudioCommand(Terminal terminal)
    : GivenClipCommand("video-to-audio", "Make sound for videos; their picture stays as it is.", StreamArguments.Video, terminal)
{
    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff video-to-audio waves.mp4", "the sound of its first seconds, out/waves-0.mp4"),
        new("mmdiff video-to-audio waves.mp4 --start 3.4 --count 4", "four different sounds for what begins at 3.4 s"),
        new("mmdiff video-to-audio scenes/ --guidance 5 --sheet", "every video of a folder, more closely matched"),
    ];

    protected override bool MakesPictures => false;

    protected override GivenClip Open(string path, double start, ModelDescription model, StreamChoice streams) =>
        GivenClip.Video(path, start, model, streams, Terminal.Stop);
}
