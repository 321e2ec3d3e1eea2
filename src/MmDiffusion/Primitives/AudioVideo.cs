using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>
/// A batch of videos and the sound that belongs to them, the pair that every formula of the diffusion works on. One of the two may be
/// absent: the image upscaler diffuses frames alone, and guidance works on one modality at a time.
/// </summary>
/// <remarks>Holds its tensors without owning them: like any tensor, they live and die with the dispose scope they were made in.</remarks>
public sealed class AudioVideo : IDisposable
{
    private readonly Tensor? _video;
    private readonly Tensor? _audio;

    /// <summary>Pairs a video with its sound.</summary>
    /// <param name="video">Any shape whose first dimension is the batch, [B,F,C,H,W] in the joint model; null where there is none.</param>
    /// <param name="audio">Any shape whose first dimension is the batch, [B,1,L] in the joint model; null where there is none.</param>
    /// <exception cref="ArgumentException">Both are absent.</exception>
    public AudioVideo(Tensor? video, Tensor? audio)
    {
        if (video is null && audio is null) throw new ArgumentException("a state needs a video, an audio track, or both");
        _video = video;
        _audio = audio;
    }

    /// <summary>Whether there is a video.</summary>
    public bool HasVideo => _video is not null;

    /// <summary>Whether there is a sound.</summary>
    public bool HasAudio => _audio is not null;

    /// <summary>The video.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public Tensor Video => _video ?? throw new InvalidOperationException("this state has no video");

    /// <summary>The sound.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public Tensor Audio => _audio ?? throw new InvalidOperationException("this state has no audio");

    /// <summary>Number of samples in the batch.</summary>
    public long BatchSize => (_video ?? _audio)!.shape[0];

    /// <summary>The device of the tensors.</summary>
    public Device Device => (_video ?? _audio)!.device;

    /// <summary>The tensors that are there, video first.</summary>
    public IEnumerable<Tensor> Parts => new[] { _video, _audio }.OfType<Tensor>();

    /// <summary>Applies a function to each modality that is there.</summary>
    public AudioVideo Map(Func<Tensor, Tensor> function) =>
        new(_video is null ? null : function(_video), _audio is null ? null : function(_audio));

    /// <summary>Combines each modality with the same one of another pair.</summary>
    /// <exception cref="InvalidOperationException">The other pair lacks a modality that this one has.</exception>
    public AudioVideo Zip(AudioVideo other, Func<Tensor, Tensor, Tensor> function) =>
        new(_video is null ? null : function(_video, other.Video), _audio is null ? null : function(_audio, other.Audio));

    /// <summary>Combines each modality with the same one of two other pairs.</summary>
    /// <exception cref="InvalidOperationException">Another pair lacks a modality that this one has.</exception>
    public AudioVideo Zip(AudioVideo second, AudioVideo third, Func<Tensor, Tensor, Tensor, Tensor> function) =>
        new(
            _video is null ? null : function(_video, second.Video, third.Video),
            _audio is null ? null : function(_audio, second.Audio, third.Audio));

    /// <summary>Moves both tensors out of a dispose scope, into the one around it.</summary>
    public AudioVideo MoveToOuter(DisposeScope scope)
    {
        foreach (var part in Parts) scope.MoveToOuter(part);
        return this;
    }

    /// <summary>Detaches both tensors from every dispose scope: the caller disposes them.</summary>
    public AudioVideo DetachFromScope()
    {
        foreach (var part in Parts) part.DetachFromDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _video?.Dispose();
        _audio?.Dispose();
    }
}
