using MmDiffusion.Data.Scenes;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction.Embedded;

/// <summary>Synthetic scenes to train or test an extractor on, three of four tampered with.</summary>
/// <param name="Input">[B,3,F,H,W] or [B,L].</param>
/// <param name="Kinds">Numbers of the kinds, [B].</param>
/// <param name="Tampering">Which <see cref="Embedded.Tampering"/> was done, [B].</param>
internal sealed record SceneBatch(Tensor Input, Tensor Kinds, Tensor Tampering)
{
    /// <summary>Size of the frames that the video extractor is given.</summary>
    internal const int FrameSize = 64;

    /// <summary>Draws scenes.</summary>
    /// <param name="modality">Which part of them.</param>
    /// <param name="seed">Of all of them.</param>
    /// <param name="count">How many.</param>
    internal static SceneBatch Draw(Modality modality, ulong seed, int count)
    {
        // Small frames are enlarged when they are evaluated, so every second batch has some.
        var size = modality == Modality.Audio || seed % 2 == 0 ? FrameSize : FrameSize / 2;
        var shape = new ClipShape { Height = size, Width = size, SampleRate = MelSpectrogram.SampleRate };
        var (clips, kinds) = (new Clip[count], new long[count]);
        Parallel.For(0, count, i =>
        {
            var scene = SyntheticScenes.Create(Seeds.Derive(seed, (ulong)i), shape);
            (clips[i], kinds[i]) = (scene.Clip, (long)scene.Kind);
        });
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(Seeds.Derive(seed, "tampering"));
        var input = stack(clips.Select((clip, i) =>
            modality == Modality.Video ? Pixels(clip.Frames, i, random) : Samples(clip.Audio, i, random)));
        // [B,F,3,H,W] → [B,3,F,H,W]
        if (modality == Modality.Video) input = VideoInput.Resize(input, FrameSize, FrameSize).transpose(1, 2);
        var tampering = Enumerable.Range(0, count).Select(i => (long)TamperingOf(i)).ToArray();
        return new SceneBatch(
            input.contiguous().MoveToOuterDisposeScope(),
            tensor(kinds).MoveToOuterDisposeScope(),
            tensor(tampering).MoveToOuterDisposeScope());
    }

    private static Tampering TamperingOf(int number) => (Tampering)(number % Enum.GetValues<Tampering>().Length);

    private static Tensor Pixels(Frames frames, int number, IRandomSource random)
    {
        var video = ClipTensors.FromFrames(frames); // [F,3,H,W]
        // Every second four are mirrored.
        if (number / 4 % 2 == 1) video = video.flip(3);
        return Tamper.Video(video, TamperingOf(number), random);
    }

    private static Tensor Samples(Audio sound, int number, IRandomSource random) =>
        Tamper.Audio(tensor(sound.Samples), TamperingOf(number), random);
}
