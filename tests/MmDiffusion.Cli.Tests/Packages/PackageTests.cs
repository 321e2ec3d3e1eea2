using System.IO.Compression;
using System.Xml.Linq;

namespace MmDiffusion.Cli.Tests.Packages;

/// <summary>The packages as a new user meets them: restored into an empty cache, in a folder outside the repository.</summary>
[Trait("group", "packages")]
public sealed class PackageTests(PackageFeed feed) : IClassFixture<PackageFeed>, IDisposable
{
    private const long MostBesides = 40_000_000;

    private static readonly string[] Everything = ["MmDiffusion", "MmDiffusion.Backend.Cpu", "MmDiffusion.Models.Embedded"];

    private static readonly string[] Libraries =
    [
        "MmDiffusion", "MmDiffusion.Media", "MmDiffusion.Kernels", "MmDiffusion.Data", "MmDiffusion.Distributed", "MmDiffusion.Training",
        "MmDiffusion.Evaluation", "MmDiffusion.Studio",
    ];

    private static readonly string[] Files =
    [
        "MmDiffusion.Models.Embedded", "MmDiffusion.Backend.Cpu", .. new[] { "linux-x64", "win-x64", "win-arm64", "osx-arm64" }
            .Select(platform => $"MmDiffusion.Backend.Cpu.{platform}"),
    ];

    private readonly TemporaryFolder _folder = Open();

    [Fact]
    public void Every_package_has_what_a_gallery_shows_and_no_library_depends_on_a_platform()
    {
        foreach (var id in Libraries.Concat(Files))
        {
            using var package = ZipFile.OpenRead(feed.Package(id));
            var names = package.Entries.Select(entry => entry.FullName).ToList();
            Assert.Contains("README.md", names);
            Assert.Contains("icon.png", names);
            Assert.Contains("THIRD-PARTY-NOTICES.md", names);
            Assert.DoesNotContain(names, name => name.EndsWith(".pdb", StringComparison.Ordinal));
            using var description = package.GetEntry($"{id}.nuspec")!.Open();
            var metadata = XDocument.Load(description).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
            foreach (var required in new[] { "license", "readme", "icon", "description", "tags", "authors" })
                Assert.Contains(metadata.Elements(), element => element.Name.LocalName == required && element.Value.Length > 0);
            if (!Libraries.Contains(id)) continue;
            var repository = metadata.Elements().SingleOrDefault(element => element.Name.LocalName == "repository");
            Assert.True(repository?.Attribute("commit")?.Value.Length == 40, $"{id} does not name its commit");
            Assert.Contains($"lib/net10.0/{id}.xml", names);
            Assert.True(File.Exists(feed.Package(id, "snupkg")), $"{id} has no symbols");
            Assert.DoesNotContain(
                metadata.Descendants().Where(element => element.Name.LocalName == "dependency"),
                dependency => dependency.Attribute("id")!.Value.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase)
                    || dependency.Attribute("id")!.Value == "MinVer");
        }
    }

    [Theory]
    [InlineData("without a platform", "build", "")]
    [InlineData("Klänge und Bilder 音", "build", "<RuntimeIdentifier>linux-x64</RuntimeIdentifier>")]
    [InlineData("self-contained", "publish", "<RuntimeIdentifier>linux-x64</RuntimeIdentifier><SelfContained>true</SelfContained>")]
    [InlineData("single file", "publish",
        "<RuntimeIdentifier>linux-x64</RuntimeIdentifier><SelfContained>true</SelfContained><PublishSingleFile>true</PublishSingleFile>")]
    [InlineData("single file of the framework", "publish",
        "<RuntimeIdentifier>linux-x64</RuntimeIdentifier><SelfContained>false</SelfContained><PublishSingleFile>true</PublishSingleFile>")]
    public void The_program_of_the_readme_makes_a_clip(string folder, string command, string properties)
    {
        var built = Build(feed.Project(folder, ReadmeProgram, Everything, properties), command);
        Assert.DoesNotContain(built.Files, file => file.Contains("torch_python", StringComparison.Ordinal));
        Assert.DoesNotContain(built.Files, file => file.EndsWith(".pdb", StringComparison.Ordinal) && file != "program.pdb");
        Assert.DoesNotContain(built.Files, file =>
            file.EndsWith(".dylib", StringComparison.Ordinal)
                || file.StartsWith("runtimes", StringComparison.Ordinal)
                && !file.StartsWith(Path.Combine("runtimes", "linux-x64"), StringComparison.Ordinal));
        // A framework of its own is no file of ours.
        if (!properties.Contains("<SelfContained>true", StringComparison.Ordinal)) Assert.InRange(built.BytesBesides, 1, MostBesides);
        var (exitCode, output, error) = built.Run(_folder["out put"]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Empty(output);
        Assert.Single(Directory.GetFiles(_folder["out put"], "*.mp4", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("MmDiffusion.Backend.Cpu", "")]
    [InlineData("MmDiffusion.Backend.Cpu", "<RuntimeIdentifier>linux-x64</RuntimeIdentifier>")]
    [InlineData("MmDiffusion.Backend.Cpu.linux-x64", "")]
    public void A_program_that_uses_TorchSharp_first_and_nothing_of_ours_loads_it(string backend, string properties)
    {
        var project = feed.Project(
            $"tensors {backend} {properties.Length}", "Console.Write(TorchSharp.torch.ones(3).sum().item<float>());",
            [backend], properties);
        // The reference is the backend's own dependency, except where that is chosen while restoring.
        var file = Path.Combine(project, "program.csproj");
        File.WriteAllText(file, File.ReadAllText(file).Replace(
            "</ItemGroup>", """<PackageReference Include="TorchSharp" Version="0.107.0" /></ItemGroup>""", StringComparison.Ordinal));
        Assert.Equal((0, "3", ""), Build(project, "build").Run(_folder["working"]));
    }

    [Fact]
    public void A_web_program_generates()
    {
        var program = """
            using MmDiffusion.Generation;
            var application = WebApplication.CreateBuilder(args).Build();
            application.Urls.Add("http://127.0.0.1:0");
            application.MapGet("/", () =>
            {
                using var model = JointModel.Load(ModelDirectory.Open("embedded"), new ModelOptions());
                return "loaded";
            });
            await application.StartAsync();
            using var client = new HttpClient();
            Console.Error.Write(await client.GetStringAsync(application.Urls.First()));
            await application.StopAsync();
            """;
        var project = feed.Project("web", program, Everything, sdk: "Microsoft.NET.Sdk.Web");
        var (exitCode, _, error) = Build(project, "build").Run(_folder["working"]);
        Assert.Equal((0, "loaded"), (exitCode, error));
    }

    [Theory]
    [InlineData("win-x64", "torch_cpu.dll", "LibTorchSharp.dll", ".so")]
    [InlineData("win-arm64", "torch_cpu.dll", "LibTorchSharp.dll", ".so")]
    [InlineData("osx-arm64", "libtorch_cpu.dylib", "libLibTorchSharp.dylib", ".so")]
    public void Programs_for_other_systems_have_their_libtorch_and_nobody_else_s(
        string platform, string libtorch, string bridge, string not)
    {
        var built = Build(
            feed.Project(
                platform, ReadmeProgram, Everything,
                $"<RuntimeIdentifier>{platform}</RuntimeIdentifier><SelfContained>false</SelfContained><UseAppHost>false</UseAppHost>"),
            "publish");
        Assert.Contains(libtorch, built.Files);
        Assert.Contains(bridge, built.Files);
        Assert.DoesNotContain(built.Files, file => file.EndsWith(not, StringComparison.Ordinal));
        Assert.DoesNotContain(built.Files, file => file.EndsWith(".pdb", StringComparison.Ordinal) && file != "program.pdb");
    }

    [Theory]
    [InlineData("MmDiffusion.Backend.Cpu", "linux-arm64", "MMDIFF001: There is no libtorch for 'linux-arm64'")]
    [InlineData("MmDiffusion.Backend.Cpu", "linux-musl-x64", "MMDIFF001: There is no libtorch for 'linux-musl-x64'")]
    [InlineData("MmDiffusion.Backend.Cpu.linux-x64", "win-x64",
        "MMDIFF002: MmDiffusion.Backend.Cpu.linux-x64 does not bring the libtorch of 'win-x64'")]
    public void A_build_without_a_libtorch_that_fits_ends_with_a_sentence(string backend, string platform, string sentence)
    {
        var project = feed.Project(
            $"{backend} {platform}", "return 0;", ["MmDiffusion", backend],
            $"<RuntimeIdentifier>{platform}</RuntimeIdentifier><SelfContained>false</SelfContained><UseAppHost>false</UseAppHost>");
        var (exitCode, output, _) = feed.Dotnet(project, "publish", "-nologo", "-v", "quiet");
        Assert.NotEqual(0, exitCode);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string ReadmeProgram { get; } =
        File.ReadAllText(Path.Combine(Checkout.Root, "README.md")).Split("```csharp\n")[1].Split("```")[0];

    private static TemporaryFolder Open()
    {
        var folder = new TemporaryFolder();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        return folder;
    }

    private BuiltConsumer Build(string project, string command)
    {
        var target = Path.Combine(project, "built");
        var (exitCode, output, error) = feed.Dotnet(project, command, "-c", "Release", "-o", target, "-nologo", "-v", "quiet");
        Assert.True(exitCode == 0, output + error);
        return new BuiltConsumer(target);
    }
}
