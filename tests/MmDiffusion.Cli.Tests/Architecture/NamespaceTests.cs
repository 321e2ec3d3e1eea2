namespace MmDiffusion.Cli.Tests.Architecture;

[Trait("group", "unit")]
public class NamespaceTests
{
    private const string Planted = "MmDiffusion.Cli.Tests.Architecture.Planted";

    [Theory]
    [MemberData(nameof(Assemblies.Libraries), MemberType = typeof(Assemblies))]
    public void Every_folder_of_the_library_sees_only_the_folders_it_may_see(string assembly)
    {
        var uses = TypeUses.Of(Assemblies.PathOf(assembly));
        Assert.NotEmpty(uses);
        Assert.Empty(uses.Select(use => Folder.Violation(use.Namespace, use.Used)).OfType<string>().Distinct());
    }

    [Fact]
    public void The_media_project_knows_no_tensors() =>
        Assert.DoesNotContain(TypeUses.Of(Assemblies.PathOf("MmDiffusion.Media")), use =>
            use.Used.StartsWith("TorchSharp", StringComparison.Ordinal));

    [Theory]
    [InlineData("MmDiffusion.Media")]
    [InlineData("MmDiffusion.Kernels")]
    [InlineData("MmDiffusion.Data")]
    [InlineData("MmDiffusion.Distributed")]
    [InlineData("MmDiffusion.Hosting")]
    [InlineData("MmDiffusion.Training")]
    [InlineData("MmDiffusion.Evaluation")]
    public void A_project_other_than_the_library_is_one_folder_of_its_own_name(string assembly) =>
        Assert.All(
            TypeUses.Of(Assemblies.PathOf(assembly))
                .Select(use => use.Namespace)
                .Where(space => space.StartsWith("MmDiffusion", StringComparison.Ordinal)),
            space => Assert.Equal(assembly, string.Join('.', space.Split('.').Take(2))));

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
    [InlineData("MmDiffusion.Model", "MmDiffusion.Diffusion.Sampling")]
    [InlineData("MmDiffusion.Diffusion", "MmDiffusion.Model.Coupled")]
    [InlineData("MmDiffusion.Primitives", "MmDiffusion.Data")]
    [InlineData("MmDiffusion.Media", "MmDiffusion.Kernels.Runtime")]
    [InlineData("MmDiffusion.Kernels", "MmDiffusion.Media.Reading")]
    [InlineData("MmDiffusion.Kernels.Fused", "MmDiffusion.Primitives")]
    [InlineData("MmDiffusion.Data", "MmDiffusion.Distributed")]
    [InlineData("MmDiffusion.Distributed", "MmDiffusion.Generation")]
    [InlineData("MmDiffusion.Training", "MmDiffusion.Evaluation")]
    [InlineData("MmDiffusion.Generation", "MmDiffusion.Training")]
    [InlineData("MmDiffusion.Checkpoints", "MmDiffusion.Model")]
    [InlineData("MmDiffusion.Generation", "MmDiffusion")]
    [InlineData("MmDiffusion.Data", "System.Console")]
    [InlineData("MmDiffusion.Training", "Microsoft.AspNetCore.Http")]
    [InlineData("MmDiffusion.Helpers", "System")]
    public void A_forbidden_edge_is_a_violation(string user, string used) => Assert.NotNull(Folder.Violation(user, used));

    [Theory]
    [InlineData("MmDiffusion.Model.Layers", "MmDiffusion.Model.Coupled")]
    [InlineData("MmDiffusion.Training", "MmDiffusion.Generation")]
    [InlineData("MmDiffusion", "MmDiffusion.Generation")]
    [InlineData("MmDiffusion.Hosting", "MmDiffusion")]
    [InlineData("MmDiffusion.Data", "MmDiffusion.Media")]
    [InlineData("MmDiffusion.Kernels.Runtime", "MmDiffusion.Media")]
    [InlineData("MmDiffusion.Model.Coupled", "MmDiffusion.Kernels.Operations")]
    public void An_allowed_edge_is_none(string user, string used) => Assert.Null(Folder.Violation(user, used));
}
