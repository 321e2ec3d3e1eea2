using PublicApiGenerator;

namespace MmDiffusion.Testing.Architecture;

/// <summary>
/// The public API of a package, compared with an approved file in its tests' folder. Its test project has a class made of this.
/// </summary>
/// <param name="inside">A type of the package.</param>
[Trait("group", "unit")]
public abstract class PublicApi(Type inside)
{
    private const string Approve = "MMDIFF_APPROVE";

    [Fact]
    public void What_others_can_call_changes_only_on_purpose()
    {
        var assembly = inside.Assembly.GetName().Name!;
        var found = inside.Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
            .ReplaceLineEndings("\n")
            .TrimEnd() + "\n";
        var approved = Path.Combine(Checkout.Root, "tests", $"{assembly}.Tests", "Architecture", $"{assembly}.approved.txt");
        if (Environment.GetEnvironmentVariable(Approve) == "1")
        {
            File.WriteAllText(approved, found);
            return;
        }
        var expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "";
        Assert.True(expected == found,
            $"the public API of {assembly} differs from {Path.GetFileName(approved)}:\n{Difference(expected, found)}\nIf that is meant, "
            + $"run '{Approve}=1 ./test unit' and commit the file.");
    }

    private static string Difference(string expected, string found)
    {
        string[] before = expected.Split('\n'), after = found.Split('\n');
        return string.Join(
            '\n',
            before.Except(after).Select(line => $"- {line.Trim()}").Concat(after.Except(before).Select(line => $"+ {line.Trim()}")));
    }
}
