using System.Reflection;
using MmDiffusion.Primitives;
using PublicApiGenerator;

namespace MmDiffusion.Tests.Architecture;

[Trait("group", "unit")]
public class PublicApiTests
{
    private const string Approve = "MMDIFF_APPROVE";

    public static TheoryData<string> Assemblies { get; } = [typeof(AudioVideo).Assembly.GetName().Name!, typeof(Media.Clip).Assembly.GetName().Name!];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void What_others_can_call_changes_only_on_purpose(string assembly)
    {
        var found = Assembly.Load(assembly).GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var approved = Path.Combine(Folder(), $"{assembly}.approved.txt");
        if (Environment.GetEnvironmentVariable(Approve) == "1")
        {
            File.WriteAllText(approved, found);
            return;
        }
        var expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "";
        Assert.True(expected == found,
            $"the public API of {assembly} differs from {Path.GetFileName(approved)}:\n{Difference(expected, found)}\nIf that is meant, run '{Approve}=1 ./test unit' and commit the file.");
    }

    private static string Difference(string expected, string found)
    {
        string[] before = expected.Split('\n'), after = found.Split('\n');
        return string.Join('\n', before.Except(after).Select(line => $"- {line.Trim()}").Concat(after.Except(before).Select(line => $"+ {line.Trim()}")));
    }

    private static string Folder() => Path.Combine(Checkout.Root, "tests", "MmDiffusion.Tests", "Architecture");
}
