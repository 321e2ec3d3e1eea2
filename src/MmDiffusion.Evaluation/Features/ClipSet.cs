using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Features;

/// <summary>Clips of one shape, all measured.</summary>
/// <param name="Name">"real", "generated" or "training", for messages.</param>
/// <param name="Clips">At least one.</param>
internal sealed record ClipSet(string Name, IReadOnlyList<ClipFeatures> Clips)
{
    /// <summary>The one shape.</summary>
    internal MeasuredShape Shape => Clips[0].Look.Shape;

    /// <summary>Tells this set from others; the order of the files does not matter.</summary>
    internal string Digest => FeatureCache.Key(Clips.Select(clip => clip.Digest).Order(StringComparer.Ordinal));

    /// <summary>Files whose bytes another file of the set has, too.</summary>
    internal int Copies => Clips.Count - Clips.DistinctBy(clip => clip.Digest).Count();

    /// <summary>What the user should know of how its files were read, a sentence each.</summary>
    internal IEnumerable<string> Notices =>
        Clips.SelectMany(clip => clip.Look.Notices.Select(notice => $"the {Name} clip '{clip.Path}': {notice}"));

    /// <summary>Features of the pictures [N,D], float32.</summary>
    internal Tensor Video() => Stack(clip => clip.Video);

    /// <summary>Features of the sounds [N,D], float32.</summary>
    internal Tensor Audio() => Stack(clip => clip.Audio);

    /// <exception cref="MmDiffusionException">A clip has another shape, or features of another length.</exception>
    internal ClipSet RequireAlike()
    {
        foreach (var clip in Clips)
        {
            if (clip.Look.Shape != Shape)
                throw new MmDiffusionException(
                    $"the {Name} clips are not alike: '{Clips[0].Path}' has {Shape}, '{clip.Path}' has {clip.Look.Shape}; make them "
                    + "alike, or set what differs in the protocol (height, width, frame_rate, frames, sample_rate)");
            if (clip.Video.Length != Clips[0].Video.Length || clip.Audio.Length != Clips[0].Audio.Length)
                throw new MmDiffusionException(
                    $"the extractors give '{Clips[0].Path}' and '{clip.Path}' features of different lengths; set "
                    + "frames and samples in their descriptions");
        }
        return this;
    }

    /// <exception cref="MmDiffusionException">The sets have different shapes.</exception>
    internal void RequireAlike(ClipSet other)
    {
        if (Shape != other.Shape)
            throw new MmDiffusionException(
                $"the {Name} clips have {Shape}, the {other.Name} clips {other.Shape}: their distance would be that of the sizes; make "
                + "them alike, or set what differs in the protocol (height, width, frame_rate, frames, sample_rate)");
    }

    private Tensor Stack(Func<ClipFeatures, float[]> part)
    {
        var length = part(Clips[0]).Length;
        var all = new float[Clips.Count * length];
        for (var i = 0; i < Clips.Count; i++) part(Clips[i]).CopyTo(all, i * length);
        return tensor(all, [Clips.Count, length]);
    }
}
