using System.Runtime.InteropServices;

namespace MmDiffusion.Primitives;

/// <summary>The few settings of the C library that decide how fast libtorch allocates and waits.</summary>
internal static partial class Glibc
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    private static int _mappedFrom;

    /// <summary>
    /// Keeps freed memory in the process: by default every tensor of 32 MB and more is mapped, page-faulted and unmapped anew.
    /// </summary>
    internal static void KeepFreedMemory()
    {
        MapBlocks(1 << 30);
        Ignore(() => mallopt(TrimThreshold, 2_000_000_000));
    }

    /// <summary>Maps blocks of a size and more on their own, and unmaps them when they are freed: the heap does not grow around them.</summary>
    /// <param name="megabytes">The size, in 2²⁰ bytes.</param>
    internal static void ReturnBlocks(int megabytes) => MapBlocks(megabytes << 20);

    /// <summary>
    /// Maps blocks of 1 MB and more on their own until it is disposed. For memory that is only reserved: what nobody writes to never becomes
    /// resident, whereas in the heap its neighbours' large pages would cover it.
    /// </summary>
    internal static IDisposable Reserve() => new Reservation();

    /// <summary>Sets an environment variable that native code reads, unless the user has set it.</summary>
    internal static void SetEnvironmentDefault(string name, string value) => Ignore(() => setenv(name, value, 0));

    /// <summary>Gives freed memory back to the system.</summary>
    internal static void Trim() => Ignore(() => malloc_trim(0));

    private static void MapBlocks(int bytes) => Ignore(() => mallopt(MmapThreshold, _mappedFrom = bytes));

    private static void Ignore(Func<int> call)
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            call();
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library (musl): these are settings for speed, not for correctness.
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    private sealed class Reservation : IDisposable
    {
        private readonly int _before = _mappedFrom;

        internal Reservation() => MapBlocks(1 << 20);

        public void Dispose() => MapBlocks(_before);
    }
}
