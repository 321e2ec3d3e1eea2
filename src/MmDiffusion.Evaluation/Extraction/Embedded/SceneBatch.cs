using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>Synthetic scenes to train or test an extractor on, half of them tampered with.</summary>
/// <param name="Input">[B,3,F,H,W] or [B,L].</param>
/// <param name="Kinds">Numbers of the kinds, [B].</param>
/// <param name="Tampered">1 where the frames are in another order or the sound goes backwards, [B].</param>
internal sealed record SceneBatch(Tensor Input, Tensor Kinds, Tensor Tampered)
{
    /// <summary>Size of the frames that the video extractor is given.</summary>
    internal const int FrameSize = 64;

    private static readonly ClipShape Shape = new() { Height = FrameSize, Width = FrameSize, SampleRate = MelSpectrogram.SampleRate };

    /// <summary>Draws scenes.</summary>
    /// <param name="modality">Which part of them.</param>
    /// <param name="seed">Of all of them.</param>
    /// <param name="count">How many.</param>
    internal static SceneBatch Draw(Modality modality, ulong seed, int count)
    {
        var (clips, kinds) = (new Clip[count], new long[count]);
        Parallel.For(0, count, i =>
        {
            var scene = SyntheticScenes.Create(Seeds.Derive(seed, (ulong)i), Shape);
            (clips[i], kinds[i]) = (scene.Clip, (long)scene.Kind);
        });
        using var scope = NewDisposeScope();
        var inputs = clips.Select((clip, i) => modality == Modality.Video ? Pixels(clip.Frames, seed, i) : Samples(clip.Sound, i)).ToList();
        var tampered = Enumerable.Range(0, count).Select(i => IsTampered(i) ? 1L : 0L).ToArray();
        return new SceneBatch(stack(inputs).MoveToOuterDisposeScope(), tensor(kinds).MoveToOuterDisposeScope(), tensor(tampered).MoveToOuterDisposeScope());
    }

    private static bool IsTampered(int number) => number % 2 == 1;

    private static Tensor Pixels(Frames frames, ulong seed, int number)
    {
        var video = ClipTensors.FromFrames(frames); // [F,3,H,W]
        if (IsTampered(number)) video = video.index_select(0, tensor(new IndexSampler(Seeds.Derive(seed, $"order {number}")).Shuffled(Enumerable.Range(0, Shape.Frames))));
        // Every second pair is mirrored.
        if (number / 2 % 2 == 1) video = video.flip(3);
        return video.transpose(0, 1); // [F,3,H,W] → [3,F,H,W]
    }

    private static Tensor Samples(Sound sound, int number)
    {
        var samples = tensor(sound.Samples);
        return IsTampered(number) ? samples.flip(0) : samples;
    }
}
