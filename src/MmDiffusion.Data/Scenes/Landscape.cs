using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>Outlines of what stands far away. They reach beyond both sides of the frame, and below it.</summary>
internal static class Landscape
{
    private const double Margin = 0.3;
    private const float Below = 3;

    /// <summary>Hills.</summary>
    /// <param name="width">Of the frame.</param>
    /// <param name="y">Their mean height.</param>
    /// <param name="rise">How far they rise above it and sink below it.</param>
    /// <param name="steepness">Radians of a wave in a frame height.</param>
    /// <param name="phase">Which hills, in radians.</param>
    internal static SKPoint[] Hills(double width, double y, double rise, double steepness, double phase) => Outline(width, 18, x =>
        y - rise * (0.62 * Math.Sin(phase + steepness * x) + 0.38 * Math.Sin(1.7 * phase + 2.3 * steepness * x)));

    /// <summary>Mountains with peaks.</summary>
    internal static SKPoint[] Mountains(double width, double y, double rise, SceneRandom random)
    {
        var outline = Outline(width, 10, _ => y);
        for (var i = 0; i < 11; i++)
        {
            outline[i].Y -= (float)(rise * (i % 2 == 0 ? random.Uniform(0.55, 1) : random.Uniform(0, 0.35)));
            if (i is > 0 and < 10) outline[i].X += (float)random.Uniform(-0.05, 0.05);
        }
        return outline;
    }

    /// <summary>A forest of firs.</summary>
    internal static SKPoint[] Firs(double width, double y, double size, SceneRandom random)
    {
        var outline = new List<SKPoint> { Point(-Margin, Below) };
        for (var x = -Margin; x < width + Margin;)
        {
            var (height, half) = (size * random.Uniform(0.55, 1.15), size * random.Uniform(0.18, 0.26));
            outline.AddRange([Point(x, y), Point(x + half, y - height), Point(x + 2 * half, y)]);
            x += half * random.Uniform(1.3, 2.1);
        }
        outline.Add(Point(width + Margin + size, Below));
        return [.. outline];
    }

    /// <summary>Houses of a city, and their windows that are lit: both ends of a short line for each.</summary>
    internal static (SKPoint[] Houses, SKPoint[] Windows) City(double width, double y, double size, SceneRandom random)
    {
        var (houses, windows) = (new List<SKPoint> { Point(-Margin, Below) }, new List<SKPoint>());
        for (var x = -Margin; x < width + Margin;)
        {
            var (height, across) = (size * random.Uniform(0.4, 1.1), random.Uniform(0.11, 0.2));
            houses.AddRange([Point(x, y - height), Point(x + across, y - height)]);
            for (var row = 0.045; row < height - 0.03; row += 0.085)
                for (var column = 0.04; column < across - 0.02; column += 0.06)
                    if (random.Chance(0.4))
                        windows.AddRange([Point(x + column, y - height + row), Point(x + column, y - height + row + 0.04)]);
            x += across;
        }
        houses.Add(Point(width + Margin + 0.2, Below));
        return ([.. houses], [.. windows]);
    }

    /// <summary>The outline of a height at every place.</summary>
    internal static SKPoint[] Outline(double width, int steps, Func<double, double> height)
    {
        var outline = new SKPoint[steps + 3];
        for (var i = 0; i <= steps; i++)
        {
            var x = -Margin + (width + 2 * Margin) * i / steps;
            outline[i] = Point(x, height(x));
        }
        (outline[^2], outline[^1]) = (Point(width + Margin, Below), Point(-Margin, Below));
        return outline;
    }

    /// <summary>A point.</summary>
    internal static SKPoint Point(double x, double y) => new((float)x, (float)y);
}
