using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>
/// What scenes are drawn on, in a measure of its own: the shorter side of the frame is 1, whatever its pixels; y points down.
/// </summary>
internal sealed class Stage : IDisposable
{
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;
    private readonly SKPaint _paint = new() { IsAntialias = true };
    private readonly float _scale;

    internal Stage(int height, int width)
    {
        _bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        _canvas = new SKCanvas(_bitmap);
        _scale = Math.Min(height, width);
        (Width, Height) = (width / _scale, height / _scale);
        // Scenes stand on the ground: of what a tall frame has to spare, more is above them.
        Top = (1 - Height) * 0.65f;
    }

    /// <summary>Width of the frame, 1 or more.</summary>
    internal float Width { get; }

    /// <summary>Height of the frame, 1 or more.</summary>
    internal float Height { get; }

    /// <summary>The upper edge of the frame: 0, or less in a frame that is taller than wide.</summary>
    internal float Top { get; }

    /// <summary>Begins a frame.</summary>
    internal void Begin(Camera camera, double time)
    {
        var (x, y, zoom) = camera.At(time);
        _canvas.ResetMatrix();
        _canvas.Scale(_scale);
        _canvas.Translate(Width / 2, Height / 2);
        _canvas.Scale(zoom);
        _canvas.Translate(x - Width / 2, y - Height / 2 - Top);
    }

    /// <summary>Fills the frame from top to bottom.</summary>
    internal void Sky(SKColor top, SKColor bottom, float from = 0, float to = 1)
    {
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, from), new SKPoint(0, to), [top, bottom], SKShaderTileMode.Clamp);
        Paint(shader);
        _canvas.DrawPaint(_paint);
        _paint.Shader = null;
    }

    /// <summary>Fills the frame below a line.</summary>
    internal void Ground(float y, SKColor top, SKColor bottom)
    {
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, y), new SKPoint(0, Height + Top), [top, bottom], SKShaderTileMode.Clamp);
        Paint(shader);
        _canvas.DrawRect(-Width, y, 3 * Width, 2 * Height, _paint);
        _paint.Shader = null;
    }

    /// <summary>Lays a colour over the whole frame.</summary>
    internal void Veil(SKColor colour, double opacity)
    {
        _paint.Color = colour.Faded(opacity);
        _canvas.DrawPaint(_paint);
    }

    internal void Disc(double x, double y, double radius, SKColor colour) => Oval(x, y, radius, radius, colour);

    internal void Oval(double x, double y, double radiusX, double radiusY, SKColor colour)
    {
        _paint.Color = colour;
        _canvas.DrawOval((float)x, (float)y, (float)radiusX, (float)radiusY, _paint);
    }

    /// <summary>A disc lit from one side.</summary>
    internal void Ball(double x, double y, double radiusX, double radiusY, SKColor light, SKColor dark)
    {
        var centre = new SKPoint((float)(x - radiusX * 0.3), (float)(y - radiusY * 0.35));
        using var shader = SKShader.CreateRadialGradient(centre, (float)(1.3 * Math.Max(radiusX, radiusY)), [light, dark], SKShaderTileMode.Clamp);
        Paint(shader);
        _canvas.DrawOval((float)x, (float)y, (float)radiusX, (float)radiusY, _paint);
        _paint.Shader = null;
    }

    /// <summary>Light that fades out from a centre and brightens what is there.</summary>
    internal void Glow(double x, double y, double radius, SKColor colour, double strength, double flatness = 1)
    {
        if (strength <= 0.004) return;
        _canvas.Save();
        _canvas.Translate((float)x, (float)y);
        _canvas.Scale(1, (float)flatness);
        using var shader = SKShader.CreateRadialGradient(new SKPoint(0, 0), (float)radius, [colour.Faded(strength), colour.Faded(0)], SKShaderTileMode.Clamp);
        Paint(shader);
        _paint.BlendMode = SKBlendMode.Plus;
        _canvas.DrawCircle(0, 0, (float)radius, _paint);
        _paint.BlendMode = SKBlendMode.SrcOver;
        _paint.Shader = null;
        _canvas.Restore();
    }

    internal void Ring(double x, double y, double radiusX, double radiusY, double width, SKColor colour)
    {
        Stroke(width, colour);
        _canvas.DrawOval((float)x, (float)y, (float)radiusX, (float)radiusY, _paint);
        _paint.Style = SKPaintStyle.Fill;
    }

    /// <summary>A line through points, with round ends.</summary>
    internal void Line(double width, SKColor colour, params ReadOnlySpan<SKPoint> points)
    {
        Stroke(width, colour);
        using var path = PathOf(points);
        _canvas.DrawPath(path, _paint);
        _paint.Style = SKPaintStyle.Fill;
    }

    /// <summary>A filled shape.</summary>
    internal void Shape(SKColor colour, params ReadOnlySpan<SKPoint> points)
    {
        _paint.Color = colour;
        using var path = PathOf(points);
        _canvas.DrawPath(path, _paint);
    }

    /// <summary>Copies the frame.</summary>
    /// <param name="pixels">Receives [H,W,3].</param>
    internal void CopyTo(Span<byte> pixels)
    {
        var source = _bitmap.GetPixelSpan();
        for (int i = 0, o = 0; o < pixels.Length; i += 4, o += 3) (pixels[o], pixels[o + 1], pixels[o + 2]) = (source[i], source[i + 1], source[i + 2]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _paint.Dispose();
        _canvas.Dispose();
        _bitmap.Dispose();
    }

    /// <summary>Paints with a shader; the paint's own colour would make it transparent.</summary>
    private void Paint(SKShader shader) => (_paint.Color, _paint.Shader) = (SKColors.White, shader);

    private void Stroke(double width, SKColor colour)
    {
        _paint.Color = colour;
        _paint.Style = SKPaintStyle.Stroke;
        _paint.StrokeWidth = (float)width;
        _paint.StrokeCap = SKStrokeCap.Round;
        _paint.StrokeJoin = SKStrokeJoin.Round;
    }

    private static SKPath PathOf(ReadOnlySpan<SKPoint> points)
    {
        var path = new SKPath();
        path.MoveTo(points[0]);
        foreach (var point in points[1..]) path.LineTo(point);
        return path;
    }
}
