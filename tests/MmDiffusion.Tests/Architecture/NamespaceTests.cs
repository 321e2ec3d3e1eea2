using MmDiffusion.Primitives;

namespace MmDiffusion.Tests.Architecture;

[Trait("group", "unit")]
public class NamespaceTests
{
    private const string Planted = "MmDiffusion.Tests.Architecture.Planted";

    [Fact]
    public void Every_room_of_the_library_sees_only_the_rooms_it_may_see()
    {
        var uses = TypeUses.Of(typeof(AudioVideo).Assembly.Location);
        Assert.NotEmpty(uses);
        Assert.Empty(uses.Select(use => Room.Violation(use.Namespace, use.Used)).OfType<string>().Distinct());
    }

    [Fact]
    public void The_media_project_knows_neither_the_library_nor_a_console()
    {
        var uses = TypeUses.Of(typeof(Media.Clip).Assembly.Location);
        Assert.DoesNotContain(uses, use => use.Used.StartsWith("TorchSharp", StringComparison.Ordinal) || Room.Of(use.Used) is not null);
        Assert.Empty(uses.Select(use => Room.Violation(use.Namespace, use.Used)).OfType<string>());
    }

    [Theory]
    [InlineData("InBody", $"{Planted}.Target")]
    [InlineData("InField", $"{Planted}.Target")]
    [InlineData("InLambda", $"{Planted}.Target")]
    [InlineData("InTypeArgument", $"{Planted}.Target")]
    [InlineData("OnConsole", "System.Console")]
    public void The_reader_finds_a_planted_use(string user, string used) =>
        Assert.Contains(($"{Planted}.{user}", used), TypeUses.Of(typeof(NamespaceTests).Assembly.Location));

    [Fact]
    public void The_reader_invents_no_use() =>
        Assert.DoesNotContain(($"{Planted}.Innocent", $"{Planted}.Target"), TypeUses.Of(typeof(NamespaceTests).Assembly.Location));

    [Theory]
    [InlineData("MmDiffusion.Model", "MmDiffusion.Diffusion.Samplers")]
    [InlineData("MmDiffusion.Diffusion", "MmDiffusion.Model.CoupledUNet")]
    [InlineData("MmDiffusion.Primitives", "MmDiffusion.Data")]
    [InlineData("MmDiffusion.Generation", "MmDiffusion.Training")]
    [InlineData("MmDiffusion.Checkpoints", "MmDiffusion.Model")]
    [InlineData("MmDiffusion.Data", "System.Console")]
    [InlineData("MmDiffusion.Training", "Microsoft.AspNetCore.Http")]
    [InlineData("MmDiffusion.Helpers", "System")]
    public void A_forbidden_edge_is_a_violation(string user, string used) => Assert.NotNull(Room.Violation(user, used));

    [Theory]
    [InlineData("MmDiffusion.Model.Layers", "MmDiffusion.Model.CoupledUNet")]
    [InlineData("MmDiffusion.Training", "MmDiffusion.Generation")]
    [InlineData("MmDiffusion.Data", "MmDiffusion.Media")]
    [InlineData("MmDiffusion.Diffusion", "MmDiffusion")]
    public void An_allowed_edge_is_none(string user, string used) => Assert.Null(Room.Violation(user, used));
}
