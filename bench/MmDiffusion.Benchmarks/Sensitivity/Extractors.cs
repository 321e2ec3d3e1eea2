using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;

namespace MmDiffusion.Benchmarks.Sensitivity;

/// <summary>Measures clips in memory.</summary>
internal sealed class Extractors(EvaluationProtocol protocol) : IDisposable
{
    private readonly FeatureExtractor _video = protocol.Open(Modality.Video);
    private readonly FeatureExtractor _audio = protocol.Open(Modality.Audio);

    /// <summary>Measures clips; what is the same as in others measured before is taken from there.</summary>
    internal ClipSet Measure(string name, Clip[] clips, (Clip[] Clips, ClipSet Set)? before)
    {
        var features = new ClipFeatures[clips.Length];
        Parallel.For(0, clips.Length, i =>
        {
            var (clip, own, known) = (clips[i], before?.Clips[i], before?.Set.Clips[i]);
            features[i] = new ClipFeatures(
                "", $"{i}",
                clip.Frames == own?.Frames ? known!.Video : _video.Extract(clip),
                clip.Audio == own?.Audio ? known!.Audio : _audio.Extract(clip),
                ClipLook.Of(clip));
        });
        return new ClipSet(name, features);
    }

    public void Dispose()
    {
        _video.Dispose();
        _audio.Dispose();
    }
}
