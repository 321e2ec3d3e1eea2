using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>
/// I3D, Inception-v1 over frames, rows and columns (Carreira and Zisserman, 2017), with the names and shapes of the published
/// <c>i3d_pretrained_400.pt</c>: 400 classes of Kinetics.
/// </summary>
internal sealed class I3dNetwork : Module<Tensor, Tensor>
{
    internal const int Classes = 400;

    /// <summary>Fewer are gone before the last pooling.</summary>
    internal const int LeastFrames = 9;

    [ComponentName(Name = "Conv3d_1a_7x7")]
    private readonly I3dUnit _stem = new(3, 64, 7, 2);

    [ComponentName(Name = "Conv3d_2b_1x1")]
    private readonly I3dUnit _second = new(64, 64);

    [ComponentName(Name = "Conv3d_2c_3x3")]
    private readonly I3dUnit _third = new(64, 192, 3);

    [ComponentName(Name = "Mixed_3b")]
    private readonly I3dMixture _mixed3b = new(192, 64, 96, 128, 16, 32, 32);

    [ComponentName(Name = "Mixed_3c")]
    private readonly I3dMixture _mixed3c = new(256, 128, 128, 192, 32, 96, 64);

    [ComponentName(Name = "Mixed_4b")]
    private readonly I3dMixture _mixed4b = new(480, 192, 96, 208, 16, 48, 64);

    [ComponentName(Name = "Mixed_4c")]
    private readonly I3dMixture _mixed4c = new(512, 160, 112, 224, 24, 64, 64);

    [ComponentName(Name = "Mixed_4d")]
    private readonly I3dMixture _mixed4d = new(512, 128, 128, 256, 24, 64, 64);

    [ComponentName(Name = "Mixed_4e")]
    private readonly I3dMixture _mixed4e = new(512, 112, 144, 288, 32, 64, 64);

    [ComponentName(Name = "Mixed_4f")]
    private readonly I3dMixture _mixed4f = new(528, 256, 160, 320, 32, 128, 128);

    [ComponentName(Name = "Mixed_5b")]
    private readonly I3dMixture _mixed5b = new(832, 256, 160, 320, 32, 128, 128);

    [ComponentName(Name = "Mixed_5c")]
    private readonly I3dMixture _mixed5c = new(832, 384, 192, 384, 48, 128, 128);

    [ComponentName(Name = "logits")]
    private readonly I3dUnit _logits = new(1024, Classes, last: true);

    internal I3dNetwork() : base(nameof(I3dNetwork))
    {
        RegisterComponents();
        eval();
    }

    /// <summary>Frames to logits.</summary>
    /// <param name="video">[B,3,F,224,224] in [-1, 1], F at least <see cref="LeastFrames"/>.</param>
    /// <returns>[B,400].</returns>
    public override Tensor forward(Tensor video)
    {
        using var scope = NewDisposeScope();
        var h = SamePadding.MaxPool(_stem.forward(video), [1, 3, 3], [1, 2, 2]);
        h = SamePadding.MaxPool(_third.forward(_second.forward(h)), [1, 3, 3], [1, 2, 2]);
        h = SamePadding.MaxPool(_mixed3c.forward(_mixed3b.forward(h)), [3, 3, 3], [2, 2, 2]);
        h = _mixed4e.forward(_mixed4d.forward(_mixed4c.forward(_mixed4b.forward(h))));
        h = SamePadding.MaxPool(_mixed4f.forward(h), [2, 2, 2], [2, 2, 2]);
        h = functional.avg_pool3d(_mixed5c.forward(_mixed5b.forward(h)), [2, 7, 7], [1, 1, 1]);
        return _logits.forward(h).mean([2, 3, 4]).MoveToOuterDisposeScope(); // [B,400,F/8-1,1,1] → [B,400]
    }
}
