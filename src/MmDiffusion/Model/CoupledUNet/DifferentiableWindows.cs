using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Windows of several frames that overlap, as views of the same tokens, with their own way back: each frame's gradient is the sum of those
/// in the windows that see it, taken for all windows at once. libtorch's own goes through the tokens one by one.
/// </summary>
internal sealed class DifferentiableWindows : autograd.SingleTensorFunction<DifferentiableWindows>
{
    private const string FrameKey = "frame";

    public override string Name => nameof(DifferentiableWindows);

    /// <summary>[B,(F+w-1)*A,C] → [B,F,w*A,C]</summary>
    /// <param name="tokens">Tokens of all frames, and again of the first w-1.</param>
    /// <param name="frame">Tokens of a frame, A.</param>
    /// <param name="window">Tokens of a window, w*A.</param>
    internal static Tensor Apply(Tensor tokens, long frame, long window) =>
        is_grad_enabled() && tokens.requires_grad ? apply(tokens, frame, window) : Unfold(tokens, frame, window);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (tokens, frame, window) = ((Tensor)vars[0], (long)vars[1], (long)vars[2]);
        ctx.save_data(FrameKey, frame);
        using var scope = NewDisposeScope();
        return Unfold(tokens, frame, window).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var frame = (long)ctx.get_data(FrameKey);
        var (batch, frames, inWindow, channels) = (grad_output.size(0), grad_output.size(1), grad_output.size(2) / frame, grad_output.size(3));
        var windows = grad_output.view(batch, frames, inWindow, frame, channels); // [B,F,w*A,C] → [B,F,w,A,C]
        var sum = zeros([batch, frames + inWindow - 1, frame, channels], grad_output.dtype, grad_output.device);
        for (var place = 0L; place < inWindow; place++) sum.narrow(1, place, frames).AddInPlace(windows.select(2, place));
        return Handover.Of(sum.flatten(1, 2), null, null);
    }

    private static Tensor Unfold(Tensor tokens, long frame, long window) => tokens.unfold(1, window, frame).transpose(2, 3); // [B,F,C,w*A] → [B,F,w*A,C]
}
