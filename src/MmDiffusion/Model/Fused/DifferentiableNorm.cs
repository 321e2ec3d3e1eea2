using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary><see cref="FusedNorm"/> with its own way back, which keeps nothing but the input.</summary>
internal sealed class DifferentiableNorm : autograd.SingleTensorFunction<DifferentiableNorm>
{
    private const string NormKey = "norm";

    public override string Name => nameof(DifferentiableNorm);

    internal static Tensor Apply(Tensor x, Tensor weight, Tensor bias, Tensor? modulation, int groups, bool silu, GradientSums? sums = null)
    {
        var norm = new Norm(new NormGain(weight, bias, modulation), groups, silu, GradientSums.For(sums, x));
        return norm.Sums is null ? apply(x, weight, bias, modulation!, norm) : apply(x, null!, null!, modulation!, norm);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, norm) = (((Tensor)vars[0]).contiguous(), (Norm)vars[4]);
        var (result, statistics) = FusedNorm.Forward(x, norm.Gain, norm.Groups, norm.Silu);
        norm.Statistics = statistics;
        ctx.save_for_backward([x]);
        ctx.save_data(NormKey, norm);
        return result;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var given = grad_output;
        var (x, norm) = (ctx.get_saved_variables()[0], (Norm)ctx.get_data(NormKey));
        var channels = x.size(-1);
        var sums = norm.Sums ?? new GradientSums(zeros(channels), zeros(channels));
        var (ofX, ofModulation) = FusedNorm.Backward(grad_output.contiguous(), x, norm.Gain, norm.Statistics!, norm.Silu, sums);
        return norm.Sums is null ? Handover.Of(ofX, sums.Weight, sums.Bias, ofModulation, null) : Handover.Of(ofX, null, null, ofModulation, null);
    }

    private sealed record Norm(NormGain Gain, int Groups, bool Silu, GradientSums? Sums)
    {
        internal NormStatistics? Statistics { get; set; }
    }
}
