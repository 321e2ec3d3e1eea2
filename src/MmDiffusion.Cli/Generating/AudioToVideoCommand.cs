using MmDiffusion.Cli.Data;
using MmDiffusion.Generation;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Cli.Generating;

/// <summary><c>mmdiff audio-to-video</c>: makes pictures for sounds.</summary>
internal sealed class AudioToVideoCommand(Terminal terminal)
    : GivenClipCommand("audio-to-video", "Make pictures for sounds; the sound stays as it is.", StreamArguments.Audio, terminal)
{
    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff audio-to-video rain.wav", "the picture of its first seconds, out/rain-0.mp4"),
        new("mmdiff audio-to-video rain.wav --start 3.4 --count 4 --sheet", "four different pictures for what begins at 3.4 s"),
        new("mmdiff audio-to-video sounds/ --guidance 5 --upscaler none", "every sound of a folder, more closely matched and small"),
    ];

    protected override bool MakesPictures => true;

    protected override GivenClip Open(string path, double start, ModelDescription model, StreamChoice streams) =>
        GivenClip.Audio(path, start, model, streams, Terminal.Stop);
}
