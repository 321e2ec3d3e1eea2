using MmDiffusion.Data.Packing;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Data.Videos;

namespace MmDiffusion.Data;

/// <summary>Clips that are held out and trained on all the same: what is measured on them says nothing of clips never seen.</summary>
public static class SharedClips
{
    /// <summary>
    /// Compares sources by content, not by their names. A packed folder and the videos it was packed from are not known to be the same.
    /// </summary>
    /// <param name="training">The clips to train on.</param>
    /// <param name="heldOut">The clips held out.</param>
    /// <returns>A sentence for the user; null where nothing is known to be shared.</returns>
    public static string? Sentence(IClipSource training, IClipSource heldOut)
    {
        var (shared, all, what) = Count(training, heldOut);
        if (shared == 0) return null;
        var which = shared < all ? FormattableString.Invariant($"{shared} of {all} {what} held out are") : "the clips held out are";
        return $"{which} among those to train on, so that their loss says nothing of clips never seen; hold out others";
    }

    private static (int Shared, int All, string What) Count(IClipSource training, IClipSource heldOut)
    {
        if (training.Digest == heldOut.Digest) return (1, 1, "clips");
        return (training, heldOut) switch
        {
            (VideoClipSource seen, VideoClipSource unseen) =>
                (unseen.FileDigests.Intersect(seen.FileDigests).Count(), unseen.FileDigests.Distinct().Count(), "files"),
            (PackedClipSource seen, PackedClipSource unseen) =>
                (unseen.ShardDigests.Intersect(seen.ShardDigests).Count(), unseen.ShardDigests.Distinct().Count(), "shards"),
            (SyntheticClipSource seen, SyntheticClipSource unseen) when seen.Seed == unseen.Seed =>
                (Math.Min(seen.Count, unseen.Count), unseen.Count, "scenes"),
            _ => (0, 0, "clips"),
        };
    }
}
