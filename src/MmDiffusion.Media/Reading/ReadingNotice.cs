using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// What the user should know of how a file was read: that parts of it are damaged, that channels are mixed, that colours come out
/// otherwise.
/// </summary>
/// <param name="Path">The file, as the caller named it.</param>
/// <param name="Clause">What there is to say, without the file's name, such as "the picture is damaged at 3.2 s".</param>
/// <param name="Damage">Where it is damaged; null where the notice is of something else.</param>
public sealed record ReadingNotice(string Path, string Clause, MediaDamage? Damage = null)
{
    /// <summary>A sentence.</summary>
    public override string ToString() => $"'{Path}': {Clause}{(Damage is null ? "" : "; what ffmpeg makes up for it is used")}";

    /// <summary>Of damage.</summary>
    public static ReadingNotice Of(MediaInformation media, MediaDamage damage) => new(media.Path, $"{damage}", damage);

    /// <summary>Of sound that is the mean of several channels.</summary>
    /// <param name="media">The file.</param>
    /// <param name="where">Where its first channel is silent. "there", in what was read, by default.</param>
    public static ReadingNotice OfMix(MediaInformation media, string where = "there") => new(
        media.Path,
        $"the first of its {(media.Channels > 1 ? $"{media.Channels} " : "")}channels is silent {where}, so that the mean of those that "
            + "are not is heard");

    /// <summary>Tells of a picture whose colours are not read as they are meant.</summary>
    internal static void TellColours(MediaInformation media, Action<ReadingNotice>? onNotice)
    {
        if (onNotice is null || !media.IsHighDynamicRange || Ffmpeg.CanToneMap) return;
        onNotice(new ReadingNotice(
            media.Path,
            "it has a high dynamic range, but this ffmpeg lacks the filters zscale and tonemap to map it, "
                + "so that its colours come out pale; install an ffmpeg with libzimg"));
    }
}
