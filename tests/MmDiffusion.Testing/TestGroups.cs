using System.Reflection;
using Xunit.v3;

namespace MmDiffusion.Testing;

/// <summary>Every test project has a class made of it.</summary>
[Trait("group", "unit")]
public abstract class TestGroups
{
    private static readonly string[] Groups = ["unit", "parity", "media", "memory", "web", "mpi", "slow", "fuzz", "packages"];

    [Fact]
    public void Every_test_belongs_to_a_group_that_can_be_asked_for() =>
        Assert.Empty(GetType().Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method =>
                method.GetCustomAttributes().Any(attribute => attribute is IFactAttribute) && !GroupsOf(method).Any(Groups.Contains))
            .Select(method => $"{method.DeclaringType}.{method.Name}").Distinct());

    private static IEnumerable<string> GroupsOf(MethodInfo method) =>
        method.GetCustomAttributes<TraitAttribute>().Concat(method.DeclaringType!.GetCustomAttributes<TraitAttribute>())
            .Where(trait => trait.Name == "group").Select(trait => trait.Value);
}
