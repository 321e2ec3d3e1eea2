namespace MmDiffusion.Cli.Tests.Architecture;

[Trait("group", "unit")]
public class ScalarTests
{
    [Theory]
    [MemberData(nameof(Assemblies.All), MemberType = typeof(Assemblies))]
    public void The_program_holds_every_number_until_a_native_call_is_back(string assembly) =>
        Assert.Empty(ScalarUses.Of(Assemblies.PathOf(assembly)));

    [Theory]
    [InlineData("ByOperator calls Tensor.op_Multiply", "TensorArithmetic.Times")]
    [InlineData("BySum calls Tensor.op_Addition", "TensorArithmetic.Plus")]
    [InlineData("ByMethod calls Tensor.square", "TensorArithmetic.Squared")]
    [InlineData("ByArgument makes a Scalar for Tensor.clamp", "TensorArithmetic.Clamped")]
    [InlineData("ByFactory calls torch.arange", "TensorArithmetic.Range")]
    [InlineData("ByLambda makes a Scalar for Tensor.pow", "TensorArithmetic.Power")]
    [InlineData("ByVariable makes a Scalar for Tensor.mul_", "TensorArithmetic.MultiplyInPlace")]
    [InlineData("ByModule makes a BatchNorm2d", "TensorArithmetic")]
    public void A_planted_use_is_found_with_what_to_use_instead(string use, string instead)
    {
        var found = Assert.Single(Planted, found => found.StartsWith($"User.{use}", StringComparison.Ordinal));
        Assert.EndsWith(instead, found, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_scalar_is_no_use() =>
        Assert.DoesNotContain(Planted, found => found.StartsWith("User.Innocent", StringComparison.Ordinal));

    [Fact]
    public void A_guard_that_does_not_hold_a_scalar_is_found() =>
        Assert.Equal(
            ["Guard.NotHeld does not dispose each Scalar after the call that it is for"],
            Planted.Where(found => found.StartsWith("Guard.", StringComparison.Ordinal)));

    private static IReadOnlyList<string> Planted { get; } = ScalarUses.Of(
        typeof(ScalarTests).Assembly.Location, guard: "MmDiffusion.Cli.Tests.Architecture.Planted.Scalars.Guard");
}
