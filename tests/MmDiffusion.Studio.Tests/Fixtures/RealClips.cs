using MmDiffusion.Data.Scenes;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>Folders of video files of two systems, which differ in size, rate and length.</summary>
internal static class RealClips
{
    internal static IReadOnlyList<(string Label, string Folder)> Write(string folder, int count, double seconds = 0.8)
    {
        var (real, ours) = (Path.Combine(folder, "real"), Path.Combine(folder, "ours"));
        for (var i = 0; i < count; i++)
        {
            Scene(real, i, new ClipShape
            {
                Frames = (int)(20 * seconds) + 4,
                Height = 96,
                Width = 128,
                FrameRate = 20,
                AudioLength = (int)((seconds + 0.2) * 22050),
                SampleRate = 22050,
            });
            Scene(ours, i, new ClipShape
            {
                Frames = (int)(10 * seconds),
                Height = 32,
                Width = 32,
                FrameRate = 10,
                AudioLength = (int)(seconds * 16000),
                SampleRate = 16000,
            });
        }

        return [("real", real), ("ours", ours)];

        static void Scene(string folder, int index, ClipShape shape) =>
            SceneFiles.Write(SyntheticScenes.Create((ulong)index, shape), folder, $"scene-{index}", ClipFileFormat.Mp4);
    }
}
