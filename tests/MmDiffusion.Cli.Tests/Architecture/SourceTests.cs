namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>The sources are as ARCHITECTURE.md says: lines, files and folders that a reader takes in, and the field's own words.</summary>
[Trait("group", "unit")]
public sealed class SourceTests
{
    private static IEnumerable<(string Name, string Text)> Read(params string[] folders) =>
        SourceRules.Files(Checkout.Root, folders).Select(path => (Path.GetRelativePath(Checkout.Root, path), File.ReadAllText(path)));

    private static IEnumerable<(string Name, string Text)> Code => Read("src", "tests", "bench")
        .Where(file => file.Name.EndsWith(".cs", StringComparison.Ordinal));

    [Fact]
    public void No_line_is_too_long() => Assert.Empty(Code.SelectMany(file => SourceRules.LongLines(file.Name, file.Text)));

    [Fact]
    public void No_file_of_the_product_is_too_long() =>
        Assert.Empty(Read("src").SelectMany(file => SourceRules.LongFiles(file.Name, file.Text)));

    [Fact]
    public void No_folder_of_the_product_is_too_full() => Assert.Empty(SourceRules.FullFolders(Read("src").Select(file => file.Name)));

    [Fact]
    public void Words_are_the_field_s_own() => Assert.Empty(
        Read("src", "tests", "bench", "docs")
            .Append(("README.md", File.ReadAllText(Path.Combine(Checkout.Root, "README.md"))))
            .Append(("ARCHITECTURE.md", File.ReadAllText(Path.Combine(Checkout.Root, "ARCHITECTURE.md"))))
            .Where(file => !file.Item1.Contains($"{Path.DirectorySeparatorChar}Source", StringComparison.Ordinal))
            .SelectMany(file => SourceRules.OwnWords(file.Item1, file.Item2)));

    [Fact]
    public void No_project_of_the_product_shows_its_internals_to_another() => Assert.Empty(
        Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .SelectMany(path => SourceRules.OpenedProjects(Path.GetFileName(path), File.ReadAllText(path))));

    [Fact]
    public void Planted_violations_are_found()
    {
        Assert.Equal(
            ["a.cs:2 has 141 columns, expected at most 140"],
            SourceRules.LongLines("a.cs", $"{new string('x', 140)}\n{new string('é', 141)}\r\n"));
        Assert.Empty(SourceRules.LongFiles("a.cs", string.Concat(Enumerable.Repeat("x\n", 400))));
        Assert.Equal(
            ["a.cs has 401 lines, expected at most 400"],
            SourceRules.LongFiles("a.cs", string.Concat(Enumerable.Repeat("x\n", 401))));
        string[] files = [.. Enumerable.Range(0, 25).Select(i => $"full/{i}.cs"), .. Enumerable.Range(0, 24).Select(i => $"not/{i}.cs")];
        Assert.Equal(["full has 25 files, expected at most 24"], SourceRules.FullFolders(files));
        Assert.Equal(
            ["a.cs:1 says 'way back'", "a.cs:2 says 'AttentionRoom'"],
            SourceRules.OwnWords("a.cs", "/// <summary>The way back.</summary>\nvar room = new AttentionRoom(); // of a mushroom"));
        Assert.Equal(
            ["a.csproj shows its internals to MmDiffusion.Training"],
            SourceRules.OpenedProjects(
                "a.csproj",
                """<InternalsVisibleTo Include="MmDiffusion.Training" /><InternalsVisibleTo Include="MmDiffusion.Tests" />"""));
    }
}
