using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Evaluation.Features;

namespace MmDiffusion.Evaluation.Tests.Measures;

/// <summary>Sets of clips of which only some parts matter.</summary>
internal static class FeatureSetsInMemory
{
    internal static ClipSet Of(string name, IEnumerable<(float Feature, byte Colour)> clips) =>
        new(name, [.. clips.Select((clip, i) => new ClipFeatures(
            $"{name}-{i}",
            $"{name} {i}",
            [clip.Feature, 0],
            [0, clip.Feature],
            new ClipLook(new MeasuredShape(8, 8, 10, 16, 16_000), new ChangeTrack([1, 2], [1, 2], [1, 2]), [clip.Colour, 0, 0, 0])))]);
}
