using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests;

[Trait("group", "unit")]
public sealed class TensorArithmeticTests
{
    /// <summary>Each operation, and the same by TorchSharp's own.</summary>
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Guarded, Func<Tensor, Tensor> Own)> Operations = new()
    {
        ["sum"] = (x => x.Plus(x), x => x + x),
        ["scaled sum"] = (x => x.Plus(x, 3), x => x.add(x, alpha: 3)),
        ["plus whole"] = (x => x.Plus(2), x => x + 2),
        ["plus real"] = (x => x.Plus(0.3), x => x + 0.3),
        ["plus single"] = (x => x.Plus(0.3f), x => x + 0.3f),
        ["plus product"] = (x => x.PlusProduct(x, x), x => addcmul(x, x, x, 1)),
        ["minus whole"] = (x => x.Minus(2), x => x - 2),
        ["minus real"] = (x => x.Minus(0.3), x => x - 0.3),
        ["whole minus"] = (x => x.SubtractedFrom(1), x => 1 - x),
        ["real minus"] = (x => x.SubtractedFrom(0.1), x => 0.1 - x),
        ["times whole"] = (x => x.Times(3), x => 3 * x),
        ["times real"] = (x => x.Times(1 / 3.0), x => x * (1 / 3.0)),
        ["divided by whole"] = (x => x.DividedBy(3), x => x / 3),
        ["divided by real"] = (x => x.DividedBy(0.7), x => x / 0.7),
        ["divided down"] = (x => x.FloorDividedBy(2), x => x.div(2, RoundingMode.floor)),
        ["power whole"] = (x => x.Power(3), x => x.pow(3)),
        ["power real"] = (x => x.Power(1.5), x => x.pow(1.5)),
        ["squared"] = (x => x.Squared(), x => x.square()),
        ["clamped"] = (x => x.Clamped(-1, 1), x => x.clamp(-1, 1)),
        ["clamped below"] = (x => x.Clamped(min: 0.5), x => x.clamp_min(0.5)),
        ["clamped above"] = (x => x.Clamped(max: 2), x => x.clamp(max: 2)),
        ["equal"] = (x => x.EqualTo(2), x => x == 2),
        ["less"] = (x => x.LessThan(0.5), x => x < 0.5),
        ["at most"] = (x => x.AtMost(2), x => x <= 2),
        ["greater"] = (x => x.GreaterThan(0.5), x => x > 0.5),
        ["at least"] = (x => x.AtLeast(2), x => x >= 2),
        ["masked"] = (x => x.MaskedFill(x > 0, 7), x => x.masked_fill(x > 0, 7)),
        ["full of whole"] = (x => TensorArithmetic.Full([2, 3], 4, x.dtype), x => full([2, 3], 4, x.dtype)),
        ["full of real"] = (x => TensorArithmetic.Full([2], 0.5), x => full([2], 0.5)),
        ["range"] = (x => TensorArithmetic.Range(5, x.dtype), x => arange(5, x.dtype)),
        ["in place: sum"] = (x => x.clone().AddInPlace(x), x => x.clone().add_(x)),
        ["in place: scaled sum"] = (x => x.clone().AddInPlace(x, 3), x => x.clone().add_(x, alpha: 3)),
        ["in place: plus"] = (x => x.clone().AddInPlace(2), x => x.clone().add_(2)),
        ["in place: minus"] = (x => x.clone().SubtractInPlace(2), x => x.clone().sub_(2)),
        ["in place: times"] = (x => x.clone().MultiplyInPlace(3), x => x.clone().mul_(3)),
        ["in place: clamped"] = (x => x.clone().ClampInPlace(-1, 1), x => x.clone().clamp_(-1, 1)),
        ["in place: filled"] = (x => x.clone().FillInPlace(5), x => x.clone().fill_(5)),
        ["in place: product"] = (x => x.clone().AddProductInPlace(x, x, 2), x => x.clone().addcmul_(x, x, 2)),
    };

    /// <summary>Those that change no integers in place.</summary>
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Guarded, Func<Tensor, Tensor> Own)> RealOperations = new()
    {
        ["in place: divided"] = (x => x.clone().DivideInPlace(3), x => x.clone().div_(3)),
        ["in place: times real"] = (x => x.clone().MultiplyInPlace(0.3), x => x.clone().mul_(0.3)),
        ["in place: plus real"] = (x => x.clone().AddInPlace(0.3), x => x.clone().add_(0.3)),
        ["in place: quotient"] = (x => x.clone().AddQuotientInPlace(x, x, -0.3), x => x.clone().addcdiv_(x, x, -0.3)),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    public static TheoryData<string> RealNames => [.. RealOperations.Keys];

    [Theory, MemberData(nameof(Names))]
    public void The_result_is_TorchSharps_to_the_last_bit_and_of_its_type(string name)
    {
        using var scope = NewDisposeScope();
        AssertSame(Operations[name], tensor([-3L, -1, 0, 1, 2, 5]));
        AssertSame(Operations[name], tensor([-3, -1, 0, 1, 2, 5]));
        AssertSame(Operations[name], Reals());
        AssertSame(Operations[name], Reals().to(float64));
        AssertSame(Operations[name], Reals().to(bfloat16));
    }

    [Theory, MemberData(nameof(RealNames))]
    public void So_it_is_for_real_numbers_in_place(string name)
    {
        using var scope = NewDisposeScope();
        AssertSame(RealOperations[name], Reals());
        AssertSame(RealOperations[name], Reals().to(float64));
    }

    [Fact]
    public void What_changes_in_place_is_what_is_returned()
    {
        using var x = zeros(3);
        var changed = x.AddInPlace(1).AddInPlace(x).AddInPlace(x, 2).SubtractInPlace(1).MultiplyInPlace(3).DivideInPlace(2);
        Assert.Same(x, changed.ClampInPlace(0, 1).AddProductInPlace(x, x, 1).AddQuotientInPlace(x, x, 1).FillInPlace(2));
    }

    [Fact]
    public void Results_are_right_while_finalisers_run()
    {
        using var scope = NewDisposeScope();
        using var done = new ManualResetEventSlim();
        var collector = new Thread(() =>
        {
            while (!done.IsSet)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        var x = Reals();
        var expected = ((x * 2 + x - 0.5) / 3).clamp(-0.75, 0.75).data<float>().ToArray();
        for (var i = 0; i < 1000; i++)
        {
            using var inner = NewDisposeScope();
            Assert.Equal(expected, x.Times(2).Plus(x).Minus(0.5).DividedBy(3).Clamped(-0.75, 0.75).data<float>().ToArray());
        }
        done.Set();
        collector.Join();
    }

    private static Tensor Reals() => tensor([-3.7f, -1, -0.1f, 0, 0.3f, 1, 2, 1e20f, float.PositiveInfinity, float.NaN]);

    private static void AssertSame((Func<Tensor, Tensor> Guarded, Func<Tensor, Tensor> Own) operation, Tensor x)
    {
        var (found, expected) = (operation.Guarded(x), operation.Own(x));
        Assert.Equal((expected.dtype, expected.requires_grad), (found.dtype, found.requires_grad));
        Assert.Equal(expected.shape, found.shape);
        Assert.True(found.bytes.SequenceEqual(expected.bytes));
    }
}
