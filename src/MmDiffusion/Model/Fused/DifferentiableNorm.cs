using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary><see cref="FusedNorm"/> with its own way back, which keeps nothing but the input.</summary>
internal sealed class DifferentiableNorm : autograd.SingleTensorFunction<DifferentiableNorm>
{
    private const string GainKey = "gain";
    private const string StatisticsKey = "statistics";
    private const string SiluKey = "silu";

    public override string Name => nameof(DifferentiableNorm);

    internal static Tensor Apply(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu) => apply(x, weight, bias, modulation!, groups, silu);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = ((Tensor)vars[0]).contiguous();
        var (groups, silu) = ((int)vars[4], (bool)vars[5]);
        var gain = new NormGain((int)x.shape[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor?)vars[3]);
        var (result, statistics) = FusedNorm.Forward(x, gain, groups, silu);
        ctx.save_for_backward([x]);
        ctx.save_data(GainKey, gain);
        ctx.save_data(StatisticsKey, statistics);
        ctx.save_data(SiluKey, silu);
        return result;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias, modulation) = FusedNorm.Backward(
            grad_output.contiguous(), ctx.get_saved_variables()[0], (NormGain)ctx.get_data(GainKey), (NormStatistics)ctx.get_data(StatisticsKey), (bool)ctx.get_data(SiluKey));
        return [x.MoveToOuterDisposeScope(), weight.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope(), modulation?.MoveToOuterDisposeScope()!, null!, null!];
    }
}
