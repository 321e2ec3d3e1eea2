using System.Diagnostics;
using MmDiffusion.Cli.Tests.Processes;

namespace MmDiffusion.Cli.Tests.Packages;

/// <summary>
/// Packs what was built, and is the only source of those packages for programs that are built in folders of their own, with a package
/// cache of their own. What the packages depend on comes from this machine's cache, or from the registry.
/// </summary>
public sealed class PackageFeed : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Packs the solution as it was built.</summary>
    public PackageFeed()
    {
        // A user without rights runs the programs.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        var packed = Dotnet(Checkout.Root, "pack", "MmDiffusion.slnx", "--no-build", "-o", Packages, "-nologo", "-v", "quiet");
        if (packed.ExitCode != 0) throw new InvalidOperationException(packed.Output + packed.Error);
        Version = Path.GetFileNameWithoutExtension(Directory.GetFiles(Packages, "MmDiffusion.Backend.Cpu.linux-x64.*.nupkg").Single())
            ["MmDiffusion.Backend.Cpu.linux-x64.".Length..];
        File.WriteAllText(_folder["nuget.config"], $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{Packages}" />
                <add key="cache" value="{MachineCache}" />
              </packageSources>
            </configuration>
            """);
        // Nothing of the repository, or above it, decides how a program here is built.
        File.WriteAllText(_folder["Directory.Build.props"], "<Project />");
        File.WriteAllText(_folder["Directory.Build.targets"], "<Project />");
        File.WriteAllText(_folder["Directory.Packages.props"], "<Project />");
    }

    /// <summary>Of every package.</summary>
    internal string Version { get; }

    /// <summary>The folder of the packages.</summary>
    internal string Packages => _folder["packages"];

    private static string MachineCache =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>The path of a package of this version.</summary>
    internal string Package(string id, string extension = "nupkg") => Path.Combine(Packages, $"{id}.{Version}.{extension}");

    /// <summary>Writes a project with packages of this version, and its program.</summary>
    internal string Project(
        string folder,
        string program,
        IEnumerable<string> packages,
        string properties = "",
        string sdk = "Microsoft.NET.Sdk")
    {
        var path = Directory.CreateDirectory(_folder[folder]).FullName;
        var references = packages.Select(id => $"""<PackageReference Include="{id}" Version="{Version}" />""");
        File.WriteAllText(Path.Combine(path, "program.csproj"), $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n    ", references)}
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(path, "Program.cs"), program);
        return path;
    }

    /// <summary>Runs the SDK in a folder, with the cache of these tests, which is empty at first.</summary>
    internal (int ExitCode, string Output, string Error) Dotnet(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        if (folder != Checkout.Root) start.Environment["NUGET_PACKAGES"] = _folder["cache"];
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        return BuiltProgram.Run(start);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
