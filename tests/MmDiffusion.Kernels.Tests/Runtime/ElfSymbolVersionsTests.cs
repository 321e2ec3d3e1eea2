using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public partial class ElfSymbolVersionsTests
{
    private const string Missing = "GLIBCXX_3.4.32";

    [Fact]
    public void The_bridge_library_needs_the_new_version_only_for_a_marker()
    {
        var versions = new ElfSymbolVersions(File.ReadAllBytes(Bridge()));
        Assert.Equal(["_ZSt21ios_base_library_initv"], versions.SymbolsOf(Missing));
        Assert.NotEmpty(versions.SymbolsOf("GLIBC_2.2.5"));
        Assert.Empty(versions.SymbolsOf("GLIBCXX_9.9"));
    }

    [Fact]
    public void Making_a_version_weak_changes_one_byte_and_nothing_else()
    {
        var original = File.ReadAllBytes(Bridge());
        var image = (byte[])original.Clone();
        Assert.Equal(1, new ElfSymbolVersions(image).MakeWeak(Missing));
        var changed = Assert.Single(Enumerable.Range(0, image.Length), i => image[i] != original[i]);
        Assert.Equal(original[changed] | 2, image[changed]);
        Assert.Equal([Missing], new ElfSymbolVersions(image).Required().Where(version => version.Weak).Select(version => version.Name));
        Assert.Equal(0, new ElfSymbolVersions(image).MakeWeak("GLIBCXX_9.9"));
    }

    [Fact]
    public void Readelf_agrees()
    {
        if (Run("readelf", "--version") is null) Assert.Skip("there is no readelf");
        using var folder = new TemporaryFolder();
        var image = File.ReadAllBytes(Bridge());
        new ElfSymbolVersions(image).MakeWeak(Missing);
        File.WriteAllBytes(folder["weak.so"], image);
        Assert.Equal(Needs(Bridge()).Select(need => need with { Weak = need.Name == Missing }), Needs(folder["weak.so"]));
        Assert.Equal(
            Needs(folder["weak.so"]),
            new ElfSymbolVersions(image).Required().Select(version => new Need(version.Name, version.Weak)));
    }

    [Fact]
    public void A_system_library_is_read()
    {
        var library = Directory.EnumerateFiles("/usr/lib", "libstdc++.so.6", SearchOption.AllDirectories).FirstOrDefault();
        if (library is null) { Assert.Skip("there is no libstdc++.so.6 below /usr/lib"); return; }
        var versions = new ElfSymbolVersions(File.ReadAllBytes(library));
        Assert.Contains(versions.Required(), version => version.Name.StartsWith("GLIBC_", StringComparison.Ordinal) && !version.Weak);
        Assert.All(versions.Required(), version => Assert.NotEmpty(versions.SymbolsOf(version.Name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MZ not a library of this system")]
    public void Something_else_is_refused(string content) =>
        Assert.Throws<InvalidDataException>(() => new ElfSymbolVersions(System.Text.Encoding.ASCII.GetBytes(content)));

    [Fact]
    public void A_library_cut_short_anywhere_is_refused_or_read_but_never_fails_otherwise()
    {
        var image = File.ReadAllBytes(Bridge());
        var random = new Random(1);
        for (var i = 0; i < 60; i++) ReadAll(image[..(i < 20 ? 6 + 4 * i : random.Next(image.Length))]);
    }

    [Fact]
    public void A_library_with_damaged_tables_is_refused_or_read_but_never_fails_otherwise()
    {
        // The headers with the tables of versions and symbols alone, so that damage meets what is read.
        var image = File.ReadAllBytes(Bridge());
        var random = new Random(2);
        var headers = BitConverter.ToInt32(image, 0x28);
        for (var i = 0; i < 60; i++)
        {
            var damaged = (byte[])image.Clone();
            for (var n = 0; n < 4; n++)
                random.NextBytes(damaged.AsSpan(random.Next(2) == 0 ? random.Next(headers, image.Length - 4) : random.Next(0x28, 0x3e), 4));
            ReadAll(damaged);
        }
    }

    private static void ReadAll(byte[] image)
    {
        try
        {
            var versions = new ElfSymbolVersions(image);
            versions.SymbolsOf(Missing);
            versions.MakeWeak(Missing);
        }
        catch (InvalidDataException)
        {
            // The one failure allowed.
        }
    }

    /// <summary>The package's own library, as the build put it beside the tests.</summary>
    private static string Bridge()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux)) Assert.Skip("libraries are ELF files only on Linux");
        return path;
    }

    private static List<Need> Needs(string path) =>
        [.. NeedLine().Matches(Run("readelf", "-V", "-W", path)!).Select(match =>
            new Need(match.Groups[1].Value, match.Groups[2].Value.Contains("WEAK", StringComparison.Ordinal)))];

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"Name: (\S+)\s+Flags: ([\w ]+?)\s+Version: \d+")]
    private static partial Regex NeedLine();

    private sealed record Need(string Name, bool Weak);
}
