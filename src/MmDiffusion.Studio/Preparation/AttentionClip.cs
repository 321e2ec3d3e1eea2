using MmDiffusion.Media;

namespace MmDiffusion.Studio.Preparation;

/// <summary>A clip that tells in large letters what to choose, with a soft tone.</summary>
internal static class AttentionClip
{
    private const byte Paper = 24;
    private const byte Ink = 235;

    /// <summary>Of two lines of the longest word, with a margin.</summary>
    private const int LeastColumns = 6 * (PixelLetters.Columns + 1) + 3;

    private const int LeastRows = 2 * (PixelLetters.Rows + 2) + 2;

    /// <summary>Fails where what is written would not fit into the frames.</summary>
    /// <exception cref="MmDiffusionException">They are too narrow or too low.</exception>
    internal static void RequireFit(CommonFormat format)
    {
        if (format.Clip.Width < LeastColumns || format.Clip.Height < LeastRows)
        {
            throw new MmDiffusionException(
                $"the clips are {format.Clip.Width}x{format.Clip.Height}, in which attention checks cannot be written, "
                + $"expected at least {LeastColumns}x{LeastRows}; cut them to another shape or ask for no attention checks");
        }
    }

    /// <param name="lines">What is written, of the letters that there are.</param>
    /// <param name="format">Of the study.</param>
    internal static Clip Draw(IReadOnlyList<string> lines, CommonFormat format)
    {
        var (height, width) = (format.Clip.Height, format.Clip.Width);
        var frame = new byte[height * width * 3];
        Array.Fill(frame, Paper);
        var columns = lines.Max(line => line.Length) * (PixelLetters.Columns + 1) - 1;
        var rows = lines.Count * (PixelLetters.Rows + 2) - 2;
        var dot = Math.Max(1, Math.Min(width / (columns + 4), height / (rows + 4)));
        for (var line = 0; line < lines.Count; line++)
        {
            var left = (width - (lines[line].Length * (PixelLetters.Columns + 1) - 1) * dot) / 2;
            var top = (height - rows * dot) / 2 + line * (PixelLetters.Rows + 2) * dot;
            for (var i = 0; i < lines[line].Length; i++)
                Letter(frame, width, lines[line][i], left + i * (PixelLetters.Columns + 1) * dot, top, dot);
        }

        var pixels = new byte[format.Frames * frame.Length];
        for (var i = 0; i < format.Frames; i++) frame.CopyTo(pixels, i * frame.Length);
        var rate = format.Clip.SampleRate;
        var samples = new float[(int)Math.Round(format.Seconds * rate)];
        for (var i = 0; i < samples.Length; i++) samples[i] = (float)(0.1 * Math.Sin(2 * Math.PI * 440 * i / rate));
        return new Clip(new Frames(pixels, height, width, format.Clip.FrameRate), new Audio(samples, rate));
    }

    private static void Letter(byte[] frame, int width, char letter, int left, int top, int dot)
    {
        for (var y = 0; y < PixelLetters.Rows * dot; y++)
        {
            for (var x = 0; x < PixelLetters.Columns * dot; x++)
            {
                if (PixelLetters.IsInked(letter, y / dot, x / dot)) frame.AsSpan(((top + y) * width + left + x) * 3, 3).Fill(Ink);
            }
        }
    }
}

/// <summary>The few letters that attention checks are written in, 5 by 7 points each: systems without fonts draw them, too.</summary>
internal static class PixelLetters
{
    internal const int Rows = 7;
    internal const int Columns = 5;

    private static readonly Dictionary<char, string> Shapes = new()
    {
        ['C'] = ".###.#...##....#....#....#...#.###.",
        ['H'] = "#...##...##...#######...##...##...#",
        ['O'] = ".###.#...##...##...##...##...#.###.",
        ['S'] = ".#####....#.....###.....#....#####.",
        ['E'] = "######....#....####.#....#....#####",
        ['T'] = "#####..#....#....#....#....#....#..",
        ['I'] = ".###...#....#....#....#....#...###.",
        ['N'] = "#...##...###..##.#.##..###...##...#",
        ['1'] = "..#...##....#....#....#....#...###.",
        ['2'] = ".###.#...#....#...#...#...#...#####",
        ['3'] = ".###.#...#....#..##.....##...#.###.",
        ['4'] = "...#...##..#.#.#..#.#####...#....#.",
        ['5'] = "######....####.....#....##...#.###.",
        [' '] = "...................................",
    };

    /// <summary>Whether a point of a letter is inked.</summary>
    internal static bool IsInked(char letter, int row, int column) => Shapes[letter][row * Columns + column] == '#';
}
