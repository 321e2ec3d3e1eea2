using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>
/// What scenes are drawn on, in a measure of its own: the shorter side of the frame is 1, whatever its pixels; y points down.
/// </summary>
internal sealed class Stage : IDisposable
{
    /// <summary>The processor's wider instructions draw the same pixels, sooner.</summary>
    static Stage() => SKGraphics.Init();

    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;
    private readonly SKPaint _paint = new() { IsAntialias = true };
    private readonly SKPath _path = new();
    private readonly float _scale;
    private (float X, float Y, float Zoom) _view;

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
        _view = camera.At(time);
        Layer(1);
    }

    /// <summary>
    /// What is drawn next is so near that the camera's pan moves it so much: 0 at infinity, 1 where things happen, more before them.
    /// </summary>
    internal void Layer(double depth)
    {
        var (x, y, zoom) = _view;
        _canvas.ResetMatrix();
        _canvas.Scale(_scale);
        _canvas.Translate(Width / 2, Height / 2);
        _canvas.Scale(1 + (zoom - 1) * (float)Math.Min(1.2, 0.5 + 0.5 * depth));
        _canvas.Translate(x * (float)depth - Width / 2, y * (float)depth - Height / 2 - Top);
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
        using var shader = SKShader.CreateLinearGradient(
            new SKPoint(0, y),
            new SKPoint(0, Height + Top),
            [top, bottom],
            SKShaderTileMode.Clamp);
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

    /// <summary>Many ovals of one colour at once: centres and radii.</summary>
    internal void Ovals(SKColor colour, ReadOnlySpan<(double X, double Y, double RadiusX, double RadiusY)> ovals)
    {
        _paint.Color = colour;
        _path.Rewind();
        foreach (var (x, y, radiusX, radiusY) in ovals)
            _path.AddOval(new SKRect((float)(x - radiusX), (float)(y - radiusY), (float)(x + radiusX), (float)(y + radiusY)));
        _canvas.DrawPath(_path, _paint);
    }

    /// <summary>Lights a disc that is drawn already from the upper left and darkens its far edge, so that it is a ball.</summary>
    internal void Roundness(double x, double y, double radiusX, double radiusY)
    {
        var centre = new SKPoint((float)(x - radiusX * 0.35), (float)(y - radiusY * 0.4));
        using var shader = SKShader.CreateRadialGradient(
            centre, (float)(1.45 * Math.Max(radiusX, radiusY)),
            [SKColors.White.Faded(0.7), SKColors.White.Faded(0), SKColors.Black.Faded(0.6)], [0, 0.4f, 1], SKShaderTileMode.Clamp);
        Paint(shader);
        _canvas.DrawOval((float)x, (float)y, (float)radiusX, (float)radiusY, _paint);
        _paint.Shader = null;
    }

    /// <summary>A cloud, or a puff of steam: dense within, gone at its edge.</summary>
    internal void Puff(double x, double y, double radiusX, double radiusY, SKColor colour, double opacity)
    {
        if (opacity <= 0.004) return;
        _canvas.Save();
        _canvas.Translate((float)x, (float)y);
        _canvas.Scale(1, (float)(radiusY / radiusX));
        using var shader = SKShader.CreateRadialGradient(
            new SKPoint(0, 0), (float)radiusX, [colour.Faded(opacity), colour.Faded(opacity * 0.9), colour.Faded(0)], [0, 0.55f, 1],
            SKShaderTileMode.Clamp);
        Paint(shader);
        // Sooner done than a disc, and as round.
        _canvas.DrawRect((float)-radiusX, (float)-radiusX, (float)(2 * radiusX), (float)(2 * radiusX), _paint);
        _paint.Shader = null;
        _canvas.Restore();
    }

    /// <summary>A cone of light from a point, which fades out towards its far edge and brightens what is there.</summary>
    internal void Beam(SKPoint from, SKPoint left, SKPoint right, SKColor colour, double strength)
    {
        if (strength <= 0.004) return;
        var middle = new SKPoint((left.X + right.X) / 2, (left.Y + right.Y) / 2);
        using var shader = SKShader.CreateLinearGradient(
            from,
            middle,
            [colour.Faded(strength), colour.Faded(strength * 0.25)],
            SKShaderTileMode.Clamp);
        Paint(shader);
        _paint.BlendMode = SKBlendMode.Plus;
        _canvas.DrawPath(PathOf([from, left, right]), _paint);
        _paint.BlendMode = SKBlendMode.SrcOver;
        _paint.Shader = null;
    }

    /// <summary>Light that fades out from a centre and brightens what is there.</summary>
    internal void Glow(double x, double y, double radius, SKColor colour, double strength, double flatness = 1)
    {
        if (strength <= 0.004) return;
        _canvas.Save();
        _canvas.Translate((float)x, (float)y);
        _canvas.Scale(1, (float)flatness);
        using var shader = SKShader.CreateRadialGradient(
            new SKPoint(0, 0),
            (float)radius,
            [colour.Faded(strength), colour.Faded(0)],
            SKShaderTileMode.Clamp);
        Paint(shader);
        _paint.BlendMode = SKBlendMode.Plus;
        _canvas.DrawRect((float)-radius, (float)-radius, (float)(2 * radius), (float)(2 * radius), _paint);
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
        _canvas.DrawPath(PathOf(points), _paint);
        _paint.Style = SKPaintStyle.Fill;
    }

    /// <summary>A filled shape.</summary>
    internal void Shape(SKColor colour, params ReadOnlySpan<SKPoint> points)
    {
        _paint.Color = colour;
        _canvas.DrawPath(PathOf(points), _paint);
    }

    /// <summary>A filled shape whose colour changes from one height to another.</summary>
    internal void Shape(SKColor top, SKColor bottom, double from, double to, params ReadOnlySpan<SKPoint> points)
    {
        using var shader = SKShader.CreateLinearGradient(
            new SKPoint(0, (float)from),
            new SKPoint(0, (float)to),
            [top, bottom],
            SKShaderTileMode.Clamp);
        Paint(shader);
        _canvas.DrawPath(PathOf(points), _paint);
        _paint.Shader = null;
    }

    /// <summary>Many lines at once, with square ends, which do not darken one another.</summary>
    /// <param name="width">Of each.</param>
    /// <param name="colour">Of all.</param>
    /// <param name="ends">Both ends of the first, of the second, and so on.</param>
    internal void Strokes(double width, SKColor colour, ReadOnlySpan<SKPoint> ends)
    {
        if (ends.IsEmpty) return;
        Stroke(width, colour);
        _paint.StrokeCap = SKStrokeCap.Butt;
        _path.Rewind();
        for (var i = 0; i + 1 < ends.Length; i += 2)
        {
            _path.MoveTo(ends[i]);
            _path.LineTo(ends[i + 1]);
        }
        _canvas.DrawPath(_path, _paint);
        _paint.Style = SKPaintStyle.Fill;
    }

    /// <summary>Copies the frame.</summary>
    /// <param name="pixels">Receives [H,W,3].</param>
    internal void CopyTo(Span<byte> pixels)
    {
        var source = _bitmap.GetPixelSpan();
        for (int i = 0, o = 0; o < pixels.Length; i += 4, o += 3)
            (pixels[o], pixels[o + 1], pixels[o + 2]) = (source[i], source[i + 1], source[i + 2]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _path.Dispose();
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

    /// <summary>The one path that there is, with other points.</summary>
    private SKPath PathOf(ReadOnlySpan<SKPoint> points)
    {
        _path.Rewind();
        _path.MoveTo(points[0]);
        foreach (var point in points[1..]) _path.LineTo(point);
        return _path;
    }
}
