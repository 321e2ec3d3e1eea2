using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Scenes;

/// <summary>
/// Draws scenes whose picture causes their sound. Every seed is a scene of its own: the same one, and on the same machine the same
/// bytes, at every call; at another frame size the same scene in other pixels.
/// </summary>
public static class SyntheticScenes
{
    private static readonly SceneKind[] Kinds = Enum.GetValues<SceneKind>();

    /// <summary>Makes one scene.</summary>
    /// <param name="seed">Any value.</param>
    /// <param name="shape">Size, rates and lengths of the clip.</param>
    /// <param name="kind">What happens; null to let the seed decide.</param>
    /// <exception cref="MmDiffusionException">The shape is not possible.</exception>
    public static SyntheticScene Create(ulong seed, ClipShape shape, SceneKind? kind = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        shape.Validate();
        var chosen = kind ?? KindOf(seed);
        var (pixels, samples) = (new byte[shape.FrameBytes()], new float[shape.AudioLength]);
        var events = Render(seed, shape, chosen, pixels, samples);
        var clip = new Clip(new Frames(pixels, shape.Height, shape.Width, shape.FrameRate), new Audio(samples, shape.SampleRate));
        return new SyntheticScene(seed, chosen, clip, [.. events.Select(happening => happening.Time)]);
    }

    /// <summary>What happens in the scene of a seed that is not told.</summary>
    internal static SceneKind KindOf(ulong seed) => Kinds[Seeds.Derive(seed, "kind") % (ulong)Kinds.Length];

    /// <summary>Draws a scene into memory of the caller's.</summary>
    /// <returns>What happens in it, in order of time.</returns>
    internal static IReadOnlyList<SceneEvent> Render(ulong seed, ClipShape shape, SceneKind kind, Span<byte> pixels, float[] samples)
    {
        using var stage = new Stage(shape.Height, shape.Width);
        var random = new SceneRandom(Seeds.Derive(seed, kind.ToString()));
        var timeline = new Timeline(shape);
        var camera = new Camera(random);
        var level = random.Uniform(0.55, 0.85);
        var scene = Scene.Make(kind, timeline, stage.Width, random);

        var frameBytes = shape.Height * shape.Width * 3;
        for (var frame = 0; frame < shape.Frames; frame++)
        {
            stage.Begin(camera, timeline.Middle(frame));
            scene.Draw(stage, frame);
            stage.CopyTo(pixels.Slice(frame * frameBytes, frameBytes));
        }

        var track = new AudioTrack(samples, shape.SampleRate, new SceneRandom(Seeds.Derive(seed, "noise")));
        track.Bed(0.004, 60, 2000); // A room is never quite silent.
        scene.Audio(track);
        track.Finish(level);
        return scene.Events;
    }
}

/// <summary>A drawn clip whose picture causes its sound, and when it does.</summary>
/// <param name="Seed">Draws it again.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Clip">The picture and the sound.</param>
/// <param name="EventTimes">
/// When something is both seen and heard to happen: seconds from the clip's start, ascending, at least one.
/// </param>
public sealed record SyntheticScene(ulong Seed, SceneKind Kind, Clip Clip, IReadOnlyList<double> EventTimes);

/// <summary>Something that is seen and heard at once.</summary>
/// <param name="Time">Seconds from the clip's start.</param>
/// <param name="Strength">0 … 1: how bright and how loud.</param>
internal readonly record struct SceneEvent(double Time, double Strength);
