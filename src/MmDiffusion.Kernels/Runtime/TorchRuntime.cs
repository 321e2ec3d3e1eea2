using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using MmDiffusion.Media;
using TorchSharp;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>Makes libtorch load on every supported system, and explains it when it cannot.</summary>
/// <remarks>
/// TorchSharp's native library asks for the symbol version GLIBCXX_3.4.32, which the libstdc++ of Debian 12 and Ubuntu 22.04 lacks,
/// though the only symbol of that version is a marker that no relocation uses. Where ordinary loading fails, a copy of the library
/// with that requirement marked weak is loaded instead. The copy is kept beside the program, or in the user's cache folder;
/// the package's own file is never changed. Where ordinary loading works, nothing of this runs.
/// </remarks>
public static class TorchRuntime
{
    private const string BridgeName = "LibTorchSharp";

    private static readonly Lock Loading = new();

    private static int _prepared;
    private static bool _isLoaded;
    private static string? _failure;
    private static string? _folder;

    /// <summary>
    /// Sets up the process for speed: how its C library allocates, and how long OpenMP's threads wait for work before they sleep. A
    /// program calls it once, first of all, since libtorch reads the latter as it loads. Without this call nothing of the process is
    /// changed, neither here nor by the methods that prefer speed or memory. Only on Linux it does anything.
    /// </summary>
    public static void Configure()
    {
        if (!OperatingSystem.IsLinux()) return;
        Glibc.Manage();
        // Threads that spin for long would starve those that read clips, and other programs; those that do not at all sleep and wake
        // between any two operations. So many turns are some hundred microseconds.
        Glibc.SetEnvironmentDefault("OMP_WAIT_POLICY", "PASSIVE");
        Glibc.SetEnvironmentDefault("GOMP_SPINCOUNT", "5000");
    }

    /// <summary>
    /// Subscribes to the resolving of native libraries, the one thing that loading this assembly does. A program calls it that uses
    /// TorchSharp before anything of this library; calling it again does nothing.
    /// </summary>
    public static void Prepare()
    {
        if (Interlocked.Exchange(ref _prepared, 1) == 0 && OperatingSystem.IsLinux())
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
    }

    /// <summary>
    /// Uses the libtorch of a folder instead of the one beside the program: a CUDA build, or <c>torch/lib</c> of a Python installation.
    /// Call it before anything computes. The environment variable MMDIFF_LIBTORCH does the same where this is not called.
    /// </summary>
    /// <param name="folder">
    /// Of the version that TorchSharp was made for, which is checked as it is loaded; with MMDIFF_LIBTORCH_UNCHECKED=1 another is tried.
    /// </param>
    /// <exception cref="InvalidOperationException">libtorch is loaded already.</exception>
    public static void UseLibtorch(string folder)
    {
        lock (Loading)
        {
            if (_isLoaded) throw new InvalidOperationException("libtorch is loaded already; name its folder before anything computes");
            _folder = folder;
        }
    }

    /// <summary>
    /// Loads libtorch now, so that a missing or mismatched library shows as one sentence rather than inside the first tensor operation.
    /// </summary>
    /// <exception cref="MmDiffusionException">libtorch is missing, of another version, or for another processor.</exception>
    public static void EnsureLoaded()
    {
        lock (Loading)
        {
            if (_isLoaded) return;
            Prepare();
            try
            {
                LoadForeign();
                ThrowIfCutShort();
                // Asked for here first: TorchSharp's own search would print, and copy libtorch whole, 480 MB, before it gives up.
                NativeLibrary.Load(BridgeName, typeof(torch).Assembly, null);
                torch.InitializeDeviceType(DeviceType.CPU);
                Nnpack.Disable();
                _isLoaded = true;
            }
            catch (Exception exception) when (exception is not (OutOfMemoryException or MmDiffusionException))
            {
                throw new MmDiffusionException(
                    $"libtorch could not be loaded: {_failure ?? Reason(Innermost(exception))} (TorchSharp {TorchSharpVersion} on "
                    + $"{RuntimeInformation.RuntimeIdentifier}); {Remedy()}", exception);
            }
        }
    }

    /// <summary>Version of the managed tensor library, for manifests.</summary>
    public static string TorchSharpVersion =>
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>
    /// Version of libtorch, for manifests: that of the folder that was named, or else the one TorchSharp was made for. Loads it.
    /// </summary>
    public static string LibTorchVersion =>
        Foreign is { } foreign ? foreign.Version ?? "unknown" : Version.Parse(torch.__version__).ToString(3);

    /// <summary>
    /// How many threads operations are shared among: the last bits of results may depend on it. OMP_NUM_THREADS decides it, otherwise the
    /// cores that the process may run on.
    /// </summary>
    public static int Threads => torch.get_num_threads();

    /// <summary>
    /// Gives the memory of freed tensors and dead arrays back to the system; worth a call every few training steps or clips.
    /// </summary>
    public static void TrimMemory()
    {
        GC.Collect();
        Glibc.Trim();
    }

    /// <summary>
    /// Gives every large tensor's memory back as soon as it is freed, from now on: at the paper's sizes a fifth less memory, for up to a
    /// twentieth more time. Training asks for it. Like all that follow, only after <see cref="Configure"/>.
    /// </summary>
    public static void PreferLessMemory() => Glibc.ReturnBlocks(megabytes: 16);

    /// <summary>
    /// The same but for tensors below 20 MB, from now on: those of the first level of the paper's Coupled U-Net have 16 and follow one
    /// another in the same memory. Generating in bfloat16 asks for it.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static void PreferReuse() => Glibc.ReturnBlocks(megabytes: 20);

    /// <summary>
    /// As <see cref="PreferLessMemory"/>, of tensors from a quarter of the size on, for work within a limit: parts of a frame are small.
    /// </summary>
    public static void PreferLeastMemory() => Glibc.ReturnBlocks(megabytes: 4);

    /// <summary>
    /// Keeps freed memory for the next tensors, from now on, as at the start: the fastest. Generating in float32 asks for it.
    /// </summary>
    public static void PreferSpeed() => Glibc.KeepFreedMemory();

    /// <summary>The libtorch that was named and loaded instead of the one beside the program; null where none was.</summary>
    internal static LibtorchFolder? Foreign { get; private set; }

    /// <summary>Of the libtorch that TorchSharp was made for, known without loading it.</summary>
    private static string ExpectedVersion { get; } = typeof(TorchRuntime).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "LibtorchVersion").Value!;

    [ModuleInitializer]
    [SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "Tensors used through this library alone must load too, without a call by the application.")]
    internal static void Initialize() => Prepare();

    /// <summary>The runtime's messages have several lines; what the dynamic linker said is in the last.</summary>
    internal static string Reason(Exception exception) => exception.Message.Trim().Split('\n')[^1].Trim();

    /// <summary>Called where ordinary loading has failed.</summary>
    /// <returns>A handle, or 0 where this way fails too.</returns>
    private static nint Resolve(Assembly assembly, string name)
    {
        if (!name.Contains(BridgeName, StringComparison.Ordinal)) return 0;
        try
        {
            var bridge = Find($"lib{BridgeName}.so");
            // By its full path, and first: the copy of the bridge finds it by name only once it is loaded.
            if (Foreign is null) NativeLibrary.Load(Find("libtorch.so"));
            return NativeLibrary.TryLoad(bridge, out var handle) ? handle : RelaxedLibrary.Load(bridge);
        }
        catch (Exception exception) when (exception is IOException
            or DllNotFoundException
            or BadImageFormatException
            or InvalidDataException
            or UnauthorizedAccessException)
        {
            _failure = Reason(exception);
            return 0;
        }
    }

    /// <summary>Loads the libtorch that was named, if one was.</summary>
    private static void LoadForeign()
    {
        var named = _folder ?? Environment.GetEnvironmentVariable(LibtorchFolder.Variable);
        if (string.IsNullOrEmpty(named) || Foreign is not null) return;
        var isUnchecked = Environment.GetEnvironmentVariable(LibtorchFolder.UncheckedVariable) == "1";
        var foreign = LibtorchFolder.Open(named, ExpectedVersion, isUnchecked);
        foreign.Load();
        Foreign = foreign;
        // What has no bridge beside the program is said by the loading that follows.
        if (OperatingSystem.IsLinux() && Present($"lib{BridgeName}.so").FirstOrDefault() is { } bridge)
            LibtorchFolder.Bind(bridge);
    }

    private static string Remedy()
    {
        if (Foreign is { } foreign)
            return $"the libtorch in '{foreign.Path}' does not fit; name another by {LibtorchFolder.Variable}, or none";
        return OperatingSystem.IsLinux() && !IsServedLinux
            ? "there is no libtorch for this system: on Linux it is published for x64 with glibc alone"
            : "it needs the libtorch it was made for beside the program: reference the package MmDiffusion.Backend.Cpu, or build again "
                + "with 'dotnet build', which restores it";
    }

    private static bool IsServedLinux =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64
        && !RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal);

    private static void ThrowIfCutShort()
    {
        if (!OperatingSystem.IsLinux() || Foreign is not null) return;
        foreach (var path in Present($"lib{BridgeName}.so").Concat(Present("libtorch.so")).Concat(Present("libtorch_cpu.so")))
            ElfFile.ThrowIfCutShort(path);
    }

    private static string Find(string file) =>
        Present(file).FirstOrDefault()
            ?? throw new DllNotFoundException($"'{file}' was not found beside the program in '{AppContext.BaseDirectory}'");

    private static IEnumerable<string> Present(string file)
    {
        var searched = ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"));
        return searched.Select(folder => Path.Combine(folder, file)).Where(File.Exists);
    }

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}

/// <summary>What was built: the library's version with the commit, where it was built from one, and libtorch's.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class BuildVersion
{
    /// <summary>Such as <c>0.1.0+ab12cd… with libtorch 2.10.0</c>.</summary>
    public static string Current { get; } =
        $"{typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion} with libtorch "
        + $"{TorchRuntime.LibTorchVersion}";
}
