using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace MmDiffusion.Primitives;

/// <summary>Makes libtorch load on every supported system, and explains it when it cannot.</summary>
/// <remarks>
/// TorchSharp's native library asks for the symbol version GLIBCXX_3.4.32, which the libstdc++ of Debian 12 and Ubuntu 22.04 lacks,
/// though the only symbol of that version is a marker that no relocation uses. Where ordinary loading fails, a copy of the library
/// with that requirement marked weak is loaded instead. The copy is written beside the program, or in the user's cache folder;
/// the package's own file is never changed. Where ordinary loading works, nothing of this runs.
/// </remarks>
public static class TorchRuntime
{
    private const string BridgeName = "LibTorchSharp";
    private const string MissingVersion = "GLIBCXX_3.4.32";
    private const string MarkerSymbol = "_ZSt21ios_base_library_initv";

    private static int _prepared;
    private static string? _failure;

    /// <summary>Installs the loading hook and the allocator's settings. Called by a module initializer; calling it again does nothing.</summary>
    public static void Prepare()
    {
        if (Interlocked.Exchange(ref _prepared, 1) != 0) return;
        if (!OperatingSystem.IsLinux()) return;
        Glibc.KeepFreedMemory();
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
    }

    /// <summary>Loads libtorch now, so that a missing or mismatched library shows as one sentence rather than inside the first tensor operation.</summary>
    /// <exception cref="MmDiffusionException">libtorch is missing, of another version, or for another processor.</exception>
    public static void EnsureLoaded()
    {
        Prepare();
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            using var probe = torch.zeros(1);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new MmDiffusionException(
                $"libtorch could not be loaded: {_failure ?? Innermost(exception).Message} (TorchSharp {TorchSharpVersion} on {RuntimeInformation.RuntimeIdentifier} "
                + "needs the matching libtorch-cpu package beside the program); build again with 'dotnet build', which restores it", exception);
        }
    }

    /// <summary>Version of the managed tensor library, for manifests.</summary>
    public static string TorchSharpVersion { get; } =
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Gives the memory of freed tensors back to the system; worth a call every few training steps or clips.</summary>
    public static void TrimMemory() => Glibc.Trim();

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Tensors used through this library alone must load too, without a call by the application.")]
    internal static void Initialize() => Prepare();

    private static nint Resolve(Assembly assembly, string name)
    {
        if (!name.Contains(BridgeName, StringComparison.Ordinal)) return 0;
        try
        {
            var bridge = Find($"lib{BridgeName}.so");
            var torchLibrary = Find("libtorch.so");
            NativeLibrary.Load(torchLibrary);
            return NativeLibrary.TryLoad(bridge, out var handle) ? handle : NativeLibrary.Load(Relaxed(bridge));
        }
        catch (Exception exception) when (exception is IOException or DllNotFoundException or BadImageFormatException or InvalidDataException or UnauthorizedAccessException)
        {
            _failure = exception.Message;
            return 0;
        }
    }

    private static string Find(string file)
    {
        var searched = ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"));
        return searched.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new DllNotFoundException($"'{file}' was not found beside the program in '{AppContext.BaseDirectory}'");
    }

    /// <summary>The path of a copy of the library in which the missing version is weak, made on the first call.</summary>
    private static string Relaxed(string bridge)
    {
        var name = $"lib{BridgeName}.{TorchSharpVersion}.relaxed.so";
        var source = new FileInfo(bridge).ResolveLinkTarget(returnFinalTarget: true) ?? new FileInfo(bridge);
        string[] folders = [AppContext.BaseDirectory, Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "mmdiff"), Path.GetTempPath()];
        foreach (var path in folders.Select(folder => Path.Combine(folder, name)))
        {
            if (File.Exists(path) && new FileInfo(path).Length == ((FileInfo)source).Length) return path;
        }
        var image = File.ReadAllBytes(source.FullName);
        Relax(image);
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(path => TryWrite(path, image))
            ?? throw new IOException($"no folder to write '{name}' to; tried {string.Join(", ", folders)}");
    }

    private static void Relax(byte[] image)
    {
        var versions = new ElfSymbolVersions(image);
        var others = versions.SymbolsOf(MissingVersion).Where(symbol => symbol != MarkerSymbol).ToList();
        if (others.Count > 0)
            throw new InvalidDataException($"this system's libstdc++ lacks {MissingVersion}, which lib{BridgeName}.so needs for {others[0]}; install libstdc++ of GCC 13 or newer");
        if (versions.MakeWeak(MissingVersion) == 0)
            throw new DllNotFoundException($"lib{BridgeName}.so does not load, and not for want of {MissingVersion}; is it built for this processor and for libtorch beside it?");
    }

    private static bool TryWrite(string path, byte[] image)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var temporary = $"{path}.{Environment.ProcessId}";
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}
