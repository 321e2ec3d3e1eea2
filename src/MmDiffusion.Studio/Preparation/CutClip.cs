using MmDiffusion.Data;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Studio.Preparation;

/// <summary>Reads clips so that they fill the study's frames: what is wider or higher is cut off, on both sides alike.</summary>
internal static class CutClip
{
    internal static Clip Read(MediaInformation media, CommonFormat format, Action<ReadingNotice> onNotice, CancellationToken cancellation)
    {
        var (width, height) = (format.Clip.Width, format.Clip.Height);
        // One side fits, the other reaches at least as far.
        var covering = (long)media.Width * height >= (long)media.Height * width
            ? format.Clip with { Width = CeilingOf(media.Width, height, media.Height) }
            : format.Clip with { Height = CeilingOf(media.Height, width, media.Width) };
        var clip = ClipReader.ReadClip(media, covering, 0, format.Frames, onNotice, cancellation);
        return clip with { Frames = Cut(clip.Frames, height, width) };
    }

    private static int CeilingOf(int side, int wanted, int other) => (int)(((long)side * wanted + other - 1) / other);

    private static Frames Cut(Frames frames, int height, int width)
    {
        var (left, top) = ((frames.Width - width) / 2, (frames.Height - height) / 2);
        var pixels = new byte[frames.Count * height * width * 3];
        for (var frame = 0; frame < frames.Count; frame++)
        {
            for (var row = 0; row < height; row++)
                frames[frame].Slice(((top + row) * frames.Width + left) * 3, width * 3).CopyTo(pixels.AsSpan(
                    (frame * height + row) * width * 3));
        }

        return new Frames(pixels, height, width, frames.Rate);
    }
}

/// <summary>A file that was chosen for a study.</summary>
internal sealed record SourceClip(string System, MediaInformation Media)
{
    /// <summary>Chooses as many clips of each system, and looks into them.</summary>
    /// <returns>The clips, and a sentence for each folder that holds something else.</returns>
    /// <exception cref="MmDiffusionException">There are not enough, or some lack picture or sound: each is named.</exception>
    internal static (IReadOnlyList<SourceClip> Clips, IReadOnlyList<string> Notices) Choose(
        StudyRequest request,
        CancellationToken cancellation)
    {
        var files = request.Systems
            .Select(system => (system.Label, system.Folder, Found: MediaInputs.FindVideosBelow(system.Folder)))
            .ToList();
        var notices = files.Select(system => system.Found.PassedOver.Sentence()).OfType<string>().ToList();
        foreach (var (label, folder, (paths, passedOver)) in files)
        {
            if (paths.Count == 0)
            {
                throw new MmDiffusionException(
                    $"the folder '{folder}' of the system '{label}' holds no clips; expected files that end in "
                    + ".avi, .mkv, .mov, .mp4, .webm or the like"
                    + (passedOver.Sentence() is { } sentence ? $" ({sentence[..sentence.LastIndexOf(';')]})" : ""));
            }

            if (paths.Count < request.Clips)
            {
                throw new MmDiffusionException(
                    $"the folder '{folder}' of the system '{label}' holds {paths.Count} clips, expected at least "
                    + $"{request.Clips}; ask for fewer clips or add some");
            }
        }

        var count = request.Clips ?? files.Min(system => system.Found.Files.Count);
        // The same places of every folder, so that clips of one name are compared where the folders go together.
        var (clips, wrong) = (new List<SourceClip>(), new List<string>());
        foreach (var (label, _, (paths, _)) in files)
        {
            var order = new ClipOrder(paths.Count, request.Seed);
            foreach (var place in Enumerable.Range(0, count).Select(number => order.At(number).Index).Order())
            {
                try
                {
                    clips.Add(Probe(label, paths[place], request.Streams, cancellation));
                }
                catch (MmDiffusionException exception)
                {
                    wrong.Add(exception.Message);
                }
            }
        }

        if (wrong.Count == 0) return (clips, notices);
        throw new MmDiffusionException(
            wrong.Count == 1
                ? wrong[0]
                : $"{wrong.Count} clips cannot be shown; replace them or take them out of their folders: {string.Join("; ", wrong)}");
    }

    private static SourceClip Probe(string system, string path, StreamChoice streams, CancellationToken cancellation)
    {
        var media = MediaFile.Probe(path, streams, cancellation);
        media.RequireVideo();
        media.RequireAudio();
        return new SourceClip(system, media);
    }
}
