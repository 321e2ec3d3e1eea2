using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MmDiffusion.Cli.Tests;

/// <summary>The programs that the documents show are compiled as they stand.</summary>
[Trait("group", "unit")]
public sealed partial class DocumentedProgramTests
{
    // Those of a web project, of which a console's are a part.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.Extensions.DependencyInjection;
        """;

    public static TheoryData<string> Programs => [.. All().Keys];

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_program_compiles_without_a_warning(string place) => Assert.Empty(Complaints(All()[place]));

    [Fact]
    public void The_documents_have_programs_and_a_broken_one_is_found()
    {
        Assert.InRange(All().Count, 6, 100);
        Assert.Contains(All().Keys, place => place.StartsWith("README.md", StringComparison.Ordinal));
        Assert.Contains("CS1061", string.Join(' ', Complaints("using MmDiffusion;\n_ = await AudioVideoPipeline.LoadAsync().Nothing();")));
    }

    /// <summary>What stands in blocks of C# and begins with its own usings; others are parts of something.</summary>
    private static Dictionary<string, string> All() => Directory.GetFiles(Path.Combine(Checkout.Root, "docs"), "*.md")
        .Prepend(Path.Combine(Checkout.Root, "README.md"))
        .SelectMany(document =>
        {
            var text = File.ReadAllText(document);
            return Block().Matches(text).Select(block => (
                Place: $"{Path.GetFileName(document)}:{text[..block.Index].Count(character => character == '\n') + 1}",
                Program: block.Groups[1].Value));
        })
        .Where(program => program.Program.StartsWith("using ", StringComparison.Ordinal))
        .ToDictionary(program => program.Place, program => program.Program);

    private static IEnumerable<string> Complaints(string program)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "documented",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, options), CSharpSyntaxTree.ParseText(program, options)],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(file => Path.GetFileName(file) != typeof(DocumentedProgramTests).Assembly.GetName().Name + ".dll")
                .Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && diagnostic.Id != "CS1701")
            .Select(diagnostic => diagnostic.ToString());
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
