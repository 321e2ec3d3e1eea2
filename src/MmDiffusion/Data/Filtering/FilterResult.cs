using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>What <see cref="MediaFilter"/> keeps and why it leaves out the rest.</summary>
/// <param name="Kept">By path.</param>
/// <param name="LeftOut">By path.</param>
/// <param name="SegmentsWithoutFile">Segments of the table that no file belongs to; null without a table.</param>
public sealed record FilterResult(IReadOnlyList<KeptVideo> Kept, IReadOnlyList<LeftOutVideo> LeftOut, int? SegmentsWithoutFile)
{
    /// <summary>Name of the list of files that are kept.</summary>
    public const string KeptFile = "kept.txt";

    /// <summary>Name of the table of files that are left out.</summary>
    public const string LeftOutFile = "left-out.csv";

    /// <summary>Writes the list of files that are kept and the table of the others with the reasons.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public void Write(string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, LeftOutFile), string.Concat(LeftOut.Select(video => $"{Quoted(video.Path)},{Quoted(video.Reason)}\n").Prepend("path,reason\n")));
        FileList.Write(Path.Combine(folder, KeptFile), Kept.Select(video => video.Path));
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
