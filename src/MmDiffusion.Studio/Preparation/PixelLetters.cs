namespace MmDiffusion.Studio.Preparation;

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
