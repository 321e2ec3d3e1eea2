using SkiaSharp;

namespace MmDiffusion.Media.Pictures;

/// <summary>Draws sound as the filled envelope of its lowest and highest samples.</summary>
internal static class Waveform
{
    /// <summary>Quieter sounds are not blown up to the full height beyond this, so that near silence looks like it.</summary>
    private const float LeastPeak = 0.05f;

    /// <summary>Fills a strip whose width stands for the length of the clip's picture.</summary>
    internal static void Draw(SKCanvas canvas, SKRect strip, Clip clip, SheetTheme theme)
    {
        using var paint = new SKPaint { IsAntialias = true, Color = theme.Strip };
        canvas.DrawRoundRect(strip, 4, 4, paint);
        paint.Color = theme.Axis;
        canvas.DrawRect(SKRect.Create(strip.Left, strip.MidY - 0.5f, strip.Width, 1), paint);

        var columns = Envelope(clip, (int)strip.Width);
        var peak = Math.Max(LeastPeak, columns.Length == 0 ? 0 : columns.Max(column => Math.Max(-column.Low, column.High)));
        var scale = (strip.Height / 2 - 3) / peak;
        // A line of one pixel keeps quiet stretches visible.
        var outline = columns.Select((column, x) => new SKPoint(strip.Left + x + 0.5f, strip.MidY - column.High * scale - 0.5f))
            .Concat(columns.Select((column, x) => new SKPoint(strip.Left + x + 0.5f, strip.MidY - column.Low * scale + 0.5f)).Reverse());
        using var builder = new SKPath();
        builder.AddPoly([.. outline]);
        paint.Color = theme.Wave;
        canvas.DrawPath(builder, paint);
    }

    /// <summary>The lowest and highest sample under each column; columns after the end of the sound are left out.</summary>
    internal static (float Low, float High)[] Envelope(Clip clip, int width)
    {
        var samples = clip.Audio.Samples.AsSpan();
        var perColumn = clip.Frames.Duration * clip.Audio.Rate / width;
        var columns = new List<(float, float)>(width);
        for (var x = 0; x < width; x++)
        {
            var from = (int)(x * perColumn);
            var to = Math.Min(samples.Length, Math.Max(from + 1, (int)((x + 1) * perColumn)));
            if (from >= to) break;
            var (low, high) = (0f, 0f);
            foreach (var sample in samples[from..to]) (low, high) = (Math.Min(low, sample), Math.Max(high, sample));
            columns.Add((low, high));
        }

        return [.. columns];
    }
}
