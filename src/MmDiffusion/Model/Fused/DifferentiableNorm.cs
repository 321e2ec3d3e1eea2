using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary><see cref="FusedNorm"/> with its own way back, which keeps nothing but the input.</summary>
internal sealed class DifferentiableNorm : autograd.SingleTensorFunction<DifferentiableNorm>
{
    private const string StatisticsKey = "statistics";
    private const string SiluKey = "silu";

    public override string Name => nameof(DifferentiableNorm);

    internal static Tensor Apply(Tensor x, Tensor gain, Tensor bias, int groups, bool silu) => apply(x, gain, bias, groups, silu);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, gain, bias) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous(), ((Tensor)vars[2]).contiguous());
        var (groups, silu) = ((int)vars[3], (bool)vars[4]);
        var (result, statistics) = FusedNorm.Forward(x, gain, bias, groups, silu);
        ctx.save_for_backward([x, gain, bias]);
        ctx.save_data(StatisticsKey, statistics);
        ctx.save_data(SiluKey, silu);
        return result;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (x, gain, bias) = FusedNorm.Backward(
            grad_output.contiguous(), saved[0], saved[1], saved[2], (NormStatistics)ctx.get_data(StatisticsKey), (bool)ctx.get_data(SiluKey));
        return [x.MoveToOuterDisposeScope(), gain.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope(), null!, null!];
    }
}
