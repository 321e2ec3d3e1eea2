using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>One scene: what it looks like at any time, and how it sounds. Everything by chance is decided when it is made.</summary>
internal abstract class Scene
{
    /// <summary>When something is seen and heard to begin, ascending, possibly before 0 or after the end.</summary>
    internal abstract IReadOnlyList<double> Events { get; }

    /// <summary>Draws the scene into the unit square, y downwards.</summary>
    internal abstract void Draw(SKCanvas canvas, double time);

    /// <summary>Adds its sound, from time 0 on.</summary>
    internal abstract void Play(SoundTrack track);

    /// <summary>How strongly something is still felt: 1 at the last event before a time, fading.</summary>
    protected double Echo(double time, double halfLife)
    {
        var strength = 0.0;
        foreach (var start in Events)
            if (start <= time) strength = Math.Max(strength, Math.Pow(0.5, (time - start) / halfLife));
        return strength;
    }

    /// <summary>A colour of hue 0 to 360, saturation and value 0 to 1.</summary>
    protected static SKColor Colour(double hue, double saturation, double value, double opacity = 1) =>
        SKColor.FromHsv((float)(((hue % 360) + 360) % 360), (float)(100 * Math.Clamp(saturation, 0, 1)), (float)(100 * Math.Clamp(value, 0, 1)))
            .WithAlpha((byte)Math.Round(255 * Math.Clamp(opacity, 0, 1)));

    /// <summary>Paint of one colour with smooth edges.</summary>
    protected static SKPaint Fill(SKColor colour) => new() { Color = colour, IsAntialias = true };

    /// <summary>Paint of lines with round ends.</summary>
    protected static SKPaint Line(SKColor colour, double width) => new()
    {
        Color = colour,
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeWidth = (float)width,
        StrokeCap = SKStrokeCap.Round,
        StrokeJoin = SKStrokeJoin.Round,
    };

    /// <summary>Fills a band from one height to another with a vertical gradient.</summary>
    protected static void Gradient(SKCanvas canvas, SKColor above, SKColor below, double from = 0, double to = 1)
    {
        using var shader = SKShader.CreateLinearGradient(new(0, (float)from), new(0, (float)to), [above, below], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader };
        canvas.DrawRect(-1, (float)from, 3, (float)(to - from), paint);
    }

    /// <summary>A soft round light.</summary>
    protected static void Glow(SKCanvas canvas, double x, double y, double radius, SKColor colour)
    {
        using var shader = SKShader.CreateRadialGradient(new((float)x, (float)y), (float)radius, [colour, colour.WithAlpha(0)], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader, IsAntialias = true, BlendMode = SKBlendMode.Plus };
        canvas.DrawCircle((float)x, (float)y, (float)radius, paint);
    }
}
