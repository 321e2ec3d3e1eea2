using MmDiffusion.Checkpoints;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction.Embedded;

/// <summary>
/// The embedded extractor of one modality: a small network that tells the kinds of synthetic scenes apart, and whether a clip was tampered
/// with (in time, in detail, by noise), so that its features know of these. The features are what it says before it decides.
/// </summary>
internal sealed class SceneClassifier : Module<Tensor, Tensor>
{
    /// <summary>Length of the features.</summary>
    internal const int Features = 64;

    private static readonly int Kinds = Enum.GetValues<SceneKind>().Length;

    private readonly Modality _modality;

    [ComponentName(Name = "trunk")]
    private readonly Sequential _trunk;

    [ComponentName(Name = "kind")]
    private readonly Linear _kind;

    [ComponentName(Name = "tampered")]
    private readonly Linear _tampered = Linear(Features, Enum.GetValues<Tampering>().Length);

    /// <summary>Makes one.</summary>
    /// <param name="modality">What it sees or hears.</param>
    /// <param name="weights">
    /// The file whose weights it will be given, which may know fewer kinds than there are today; null to train it.
    /// </param>
    internal SceneClassifier(Modality modality, IWeightSource? weights = null) : base(nameof(SceneClassifier))
    {
        _modality = modality;
        var known = weights?.Entries.FirstOrDefault(entry => entry.Name == "kind.weight")?.Shape;
        _kind = Linear(Features, known is [> 0, Features] ? known[0] : Kinds);
        _trunk = modality == Modality.Video ? VideoTrunk() : AudioTrunk();
        RegisterComponents();
    }

    /// <summary>Clips to features.</summary>
    /// <param name="input">Video [B,3,F,H,W] or sound [B,L], in [-1, 1].</param>
    /// <returns>[B,<see cref="Features"/>].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var h = _trunk.forward(_modality == Modality.Audio ? MelSpectrogram.Of(input).unsqueeze(1) : input);
        return h.flatten(2).mean([2]).MoveToOuterDisposeScope();
    }

    /// <summary>Features to what is asked in training.</summary>
    /// <returns>Logits of the kind [B,K] and of the tampering [B,4].</returns>
    internal (Tensor Kind, Tensor Tampered) Decide(Tensor features) => (_kind.forward(features), _tampered.forward(features));

    /// <summary>Starts training: He's normal weights, everything else as a batch norm that does nothing.</summary>
    internal void Initialize(IRandomSource random)
    {
        using var noGradient = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            using var scope = NewDisposeScope();
            var deviation = Math.Sqrt(2.0 * parameter.shape[0] / parameter.numel());
            if (parameter.dim() > 1) parameter.copy_(random.Normal(parameter.shape).Times(deviation));
            else parameter.FillInPlace(name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0);
        }
    }

    private static Sequential VideoTrunk() => Sequential(
        Conv3d(3, 16, (1, 5, 5), stride: (1, 2, 2), padding: (0, 2, 2), bias: false), new BatchNorm(16), ReLU(),
        Conv3d(16, 32, (3, 3, 3), stride: (1, 2, 2), padding: (1, 1, 1), bias: false), new BatchNorm(32), ReLU(),
        Conv3d(32, 64, (3, 3, 3), stride: (2, 2, 2), padding: (1, 1, 1), bias: false), new BatchNorm(64), ReLU(),
        Conv3d(64, Features, (3, 3, 3), stride: (2, 2, 2), padding: (1, 1, 1), bias: false), new BatchNorm(Features), ReLU());

    private static Sequential AudioTrunk() => Sequential(
        Conv2d(1, 16, 5, stride: 2, padding: 2, bias: false), new BatchNorm(16), ReLU(),
        Conv2d(16, 32, 3, stride: 2, padding: 1, bias: false), new BatchNorm(32), ReLU(),
        Conv2d(32, 64, 3, stride: 2, padding: 1, bias: false), new BatchNorm(64), ReLU(),
        Conv2d(64, Features, 3, stride: 2, padding: 1, bias: false), new BatchNorm(Features), ReLU());
}
