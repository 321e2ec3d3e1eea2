using MmDiffusion.Media;
using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>
/// Draws clips whose pictures cause their sound, so that anyone can train, and measure, without a data set. A seed gives the same scene at
/// any size and rate, and on one machine the same bytes.
/// </summary>
public static class SyntheticScenes
{
    private static readonly SceneKind[] Kinds = Enum.GetValues<SceneKind>();

    /// <summary>Draws a scene.</summary>
    /// <param name="seed">Decides everything in it.</param>
    /// <param name="shape">Its size.</param>
    /// <param name="kind">What happens; null to let the seed decide.</param>
    /// <exception cref="MmDiffusionException">The shape is not valid.</exception>
    public static SyntheticScene Create(ulong seed, ClipShape shape, SceneKind? kind = null)
    {
        shape.Validate();
        var random = new SceneRandom(seed);
        var chosen = Kinds[random.Whole(0, Kinds.Length - 1)];
        if (kind is { } asked) chosen = asked;
        var duration = Math.Max(shape.Frames / shape.FrameRate, (double)shape.AudioLength / shape.SampleRate);
        Scene scene = NewScene(chosen, random.Fork($"{chosen}"), duration);
        var track = new SoundTrack(shape.AudioLength, shape.SampleRate);
        scene.Play(track);
        var clip = new Clip(Draw(scene, random.Fork("camera"), shape), new Sound(track.Finish(), shape.SampleRate));
        var seen = Math.Min(shape.Frames / shape.FrameRate, track.Duration);
        return new SyntheticScene(seed, chosen, clip, [.. scene.Events.Where(time => time >= 0 && time < seen)]);
    }

    private static Scene NewScene(SceneKind kind, SceneRandom random, double duration) => kind switch
    {
        SceneKind.Bounce => new BounceScene(random, duration),
        SceneKind.Thunder => new ThunderScene(random, duration),
        SceneKind.Surf => new SurfScene(random, duration),
        SceneKind.Rain => new RainScene(random, duration),
        SceneKind.Fire => new FireScene(random, duration),
        _ => new DanceScene(random, duration),
    };

    private static Frames Draw(Scene scene, SceneRandom random, ClipShape shape)
    {
        var pixels = new byte[shape.FrameBytes()];
        var (zoom, drift, pan) = (random.Between(1, 1.15), random.Between(-0.05, 0.05), random.Between(-0.04, 0.04));
        using var surface = SKSurface.Create(new SKImageInfo(shape.Width, shape.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var frame = 0; frame < shape.Frames; frame++)
        {
            // A frame shows how things stand at the end of its time, so that what is heard during it is seen in it.
            var time = (frame + 0.999) / shape.FrameRate;
            surface.Canvas.Clear(SKColors.Black);
            surface.Canvas.Save();
            var scale = (float)(zoom + drift * time);
            surface.Canvas.Scale(shape.Width, shape.Height);
            surface.Canvas.Translate((float)(0.5 + pan * (time - 0.8)), 0.5f);
            surface.Canvas.Scale(scale);
            surface.Canvas.Translate(-0.5f, -0.5f);
            scene.Draw(surface.Canvas, time);
            surface.Canvas.Restore();
            Copy(surface, pixels.AsSpan(frame * shape.Height * shape.Width * 3), shape);
        }
        return new Frames(pixels, shape.Height, shape.Width, shape.FrameRate);
    }

    private static void Copy(SKSurface surface, Span<byte> rgb, ClipShape shape)
    {
        using var pixmap = surface.PeekPixels();
        var rgba = pixmap.GetPixelSpan();
        var end = shape.Height * shape.Width * 3;
        for (int from = 0, to = 0; to < end; from += 4, to += 3) rgba.Slice(from, 3).CopyTo(rgb[to..]);
    }
}
