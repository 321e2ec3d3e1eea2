using System.Globalization;
using System.Text.RegularExpressions;

namespace MmDiffusion.Media;

/// <summary>A clip as a folder of numbered PNG frames and a wav file.</summary>
internal static partial class FrameFolder
{
    private const string SoundName = "sound.wav";

    internal static void Fill(string folder, Clip clip, CancellationToken cancellation)
    {
        // Numbered pictures have no times.
        var frames = clip.Frames.EvenlySpaced();
        for (var i = 0; i < frames.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var name = string.Create(CultureInfo.InvariantCulture, $"frame-{i + 1:0000}.png");
            PngImage.WriteNow(Path.Combine(folder, name), frames[i], frames.Height, frames.Width);
        }

        if (clip.Sound.Samples.Length > 0) WaveFile.WriteNow(Path.Combine(folder, SoundName), clip.Sound, WaveEncoding.Pcm16);
    }

    /// <summary>Whether a name is one that <see cref="Fill"/> gives.</summary>
    internal static bool IsPart(string name) => name == SoundName || FrameName().IsMatch(name);

    [GeneratedRegex(@"^frame-\d{4,}\.png$")]
    private static partial Regex FrameName();
}
