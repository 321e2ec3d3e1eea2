using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MmDiffusion.Media;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// A libtorch that the user names instead of the one beside the program: the folder of a CUDA build, or <c>torch/lib</c> of a Python
/// installation. Its libraries are loaded by their full paths, before TorchSharp's own; the linker then takes them for the names that it
/// asks for.
/// </summary>
internal sealed partial class LibtorchFolder
{
    /// <summary>Names the folder.</summary>
    internal const string Variable = "MMDIFF_LIBTORCH";

    /// <summary>With the value 1 a libtorch of another or of an unknown version is tried.</summary>
    internal const string UncheckedVariable = "MMDIFF_LIBTORCH_UNCHECKED";

    private const int BindNow = 2;

    private LibtorchFolder(string path, string? version) => (Path, Version) = (path, version);

    /// <summary>The folder of the libraries.</summary>
    internal string Path { get; }

    /// <summary>Such as 2.10.0; null where nothing beside the libraries tells it.</summary>
    internal string? Version { get; }

    /// <summary>Whether it was built for CUDA.</summary>
    internal bool HasCuda => File.Exists(System.IO.Path.Combine(Path, FileName("torch_cuda")));

    /// <summary>How a library's file is called on this system, such as libtorch_cpu.so.</summary>
    internal static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>Looks at a folder, without loading anything.</summary>
    /// <param name="path">The folder of the libraries, or the one that has them in <c>lib</c>.</param>
    /// <param name="expected">The version that TorchSharp was made for.</param>
    /// <param name="isUnchecked">Whether another version is tried.</param>
    /// <exception cref="MmDiffusionException">There is no libtorch, or it is of another or an unknown version.</exception>
    internal static LibtorchFolder Open(string path, string expected, bool isUnchecked)
    {
        var folder = new[] { path, System.IO.Path.Combine(path, "lib") }
            .FirstOrDefault(candidate => File.Exists(System.IO.Path.Combine(candidate, FileName("torch_cpu"))))
            ?? throw new MmDiffusionException(
                $"there is no libtorch in '{path}', which {Variable} or the program's option names: expected '{FileName("torch_cpu")}' "
                + "there or in its folder 'lib'; give the folder 'lib' of a libtorch, or 'torch/lib' of a Python installation");
        folder = System.IO.Path.GetFullPath(folder);
        var version = VersionOf(folder);
        if (version == expected || isUnchecked) return new LibtorchFolder(folder, version);
        throw new MmDiffusionException(
            $"the libtorch in '{folder}' is of {(version is null ? "an unknown version" : $"version {version}")}, expected {expected}, "
            + $"which TorchSharp {TorchRuntime.TorchSharpVersion} was made for; give one of that version, as 'pip install "
            + $"torch=={expected}' brings, or set {UncheckedVariable}=1 to try this one");
    }

    /// <summary>Loads it.</summary>
    /// <exception cref="DllNotFoundException">It does not load; the message is the linker's.</exception>
    internal void Load()
    {
        // Each needs those before it; a CUDA build has more.
        foreach (var library in new[] { "c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch" })
        {
            var file = System.IO.Path.Combine(Path, FileName(library));
            if (File.Exists(file)) NativeLibrary.Load(file);
        }
    }

    /// <summary>
    /// Loads TorchSharp's library on top of it with every function resolved at once: one that is missing would otherwise end the process
    /// when it is first called. Only on Linux; elsewhere loading resolves them anyway.
    /// </summary>
    /// <param name="bridge">The library as the package has it.</param>
    /// <exception cref="DllNotFoundException">A function is missing, or the library does not load; the message names it.</exception>
    internal static void Bind(string bridge)
    {
        // Finding the function itself goes through the linker, and would clear what it has to say.
        _ = DynamicLinker.Error();
        if (DynamicLinker.Open(bridge, BindNow) != 0) return;
        var reason = Reason();
        if (!reason.Contains(RelaxedImage.MissingVersion, StringComparison.Ordinal)) throw new DllNotFoundException(reason);
        RelaxedLibrary.Load(
            bridge,
            path => DynamicLinker.Open(path, BindNow) is not 0 and var handle ? handle : throw new DllNotFoundException(Reason()));

        static string Reason() => Marshal.PtrToStringUTF8(DynamicLinker.Error()) ?? "the dynamic linker gives no reason";
    }

    /// <summary>What the files around the libraries tell: those of libtorch's archives, of Python's package, of NuGet's.</summary>
    private static string? VersionOf(string folder)
    {
        var above = System.IO.Path.GetDirectoryName(folder) ?? folder;
        string[] files = [System.IO.Path.Combine(above, "build-version"), System.IO.Path.Combine(above, "version.py")];
        foreach (var file in files.Where(File.Exists))
        {
            if (VersionNumber().Match(File.ReadAllText(file)) is { Success: true } match) return match.Value;
        }
        // libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native
        var package = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, "..", "..", ".."));
        return Directory.Exists(package) && Directory.EnumerateFiles(package, "libtorch-*.nuspec").Any()
            && VersionNumber().Match(System.IO.Path.GetFileName(package)) is { Success: true } named
                ? named.Value
                : null;
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex VersionNumber();

    private static partial class DynamicLinker
    {
        [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
        internal static partial nint Open(string path, int flags);

        [LibraryImport("libdl.so.2", EntryPoint = "dlerror")]
        internal static partial nint Error();
    }
}
