using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>The few settings of the C library that decide how fast libtorch allocates and waits.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class Glibc
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    private static readonly MapThreshold Threshold = new(bytes => Set(() => mallopt(MmapThreshold, bytes)));
    private static volatile bool _isManaged;

    /// <summary>
    /// From now on the allocator is set as tensors need it, to begin with so that freed memory is kept: by default every tensor of 32 MB
    /// and more is mapped, page-faulted and unmapped again. Before this call nothing here changes the process.
    /// </summary>
    internal static void Manage()
    {
        _isManaged = true;
        KeepFreedMemory();
    }

    /// <summary>Keeps freed memory in the process.</summary>
    internal static void KeepFreedMemory()
    {
        Threshold.Prefer(1 << 30);
        Set(() => mallopt(TrimThreshold, 2_000_000_000));
    }

    /// <summary>
    /// Maps blocks of a size and more on their own, and unmaps them when they are freed: the heap does not grow around them.
    /// </summary>
    /// <param name="megabytes">The size, in 2²⁰ bytes.</param>
    internal static void ReturnBlocks(int megabytes) => Threshold.Prefer(megabytes << 20);

    /// <summary>
    /// Maps blocks of 1 MB and more on their own until it is disposed. For memory that is only reserved: what nobody writes to never
    /// becomes resident, whereas in the heap its neighbours' large pages would cover it.
    /// </summary>
    public static IDisposable Reserve() => Threshold.Reserve();

    /// <summary>Sets an environment variable that native code reads, unless the user has set it.</summary>
    internal static void SetEnvironmentDefault(string name, string value) => Set(() => setenv(name, value, 0));

    /// <summary>Gives freed memory back to the system.</summary>
    internal static void Trim() => Call(() => malloc_trim(0));

    private static void Set(Func<int> call)
    {
        if (_isManaged) Call(call);
    }

    private static void Call(Func<int> call)
    {
        try
        {
            call();
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library (musl): this is for speed and memory, not for correctness.
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}

/// <summary>
/// From which size on blocks are mapped on their own: one setting of the whole process, which several threads may want to change at once,
/// each for a while. What is preferred applies as soon as nobody reserves any more.
/// </summary>
/// <param name="apply">Makes it so.</param>
internal sealed class MapThreshold(Action<int> apply)
{
    /// <summary>What reserved memory is mapped from.</summary>
    internal const int Reserved = 1 << 20;

    private readonly Lock _lock = new();
    private int? _preferred;
    private int _reservations;

    /// <summary>Chooses what applies where nobody reserves.</summary>
    internal void Prefer(int bytes)
    {
        lock (_lock)
        {
            _preferred = bytes;
            if (_reservations == 0) apply(bytes);
        }
    }

    /// <summary>Maps small blocks, too, until this and all others that were given out are disposed.</summary>
    internal IDisposable Reserve()
    {
        lock (_lock)
        {
            if (_reservations++ == 0) apply(Reserved);
        }
        return new Reservation(this);
    }

    private void Release()
    {
        lock (_lock)
        {
            if (--_reservations == 0 && _preferred is { } bytes) apply(bytes);
        }
    }

    private sealed class Reservation(MapThreshold owner) : IDisposable
    {
        private MapThreshold? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Release();
    }
}
