using System.Runtime.InteropServices;
using System.Text;
using MmDiffusion.Media;

namespace MmDiffusion.Distributed;

/// <summary>What <see cref="MpiTransport"/> asks of a library that carries messages.</summary>
internal unsafe interface IMpi
{
    /// <summary>This process, from 0.</summary>
    int Rank();

    /// <summary>How many there are.</summary>
    int Size();

    /// <summary>Begins to send; the bytes stay where they are until it is done.</summary>
    nint Send(void* bytes, int count, int to, int tag);

    /// <summary>Begins to receive; the bytes are written until it is done.</summary>
    nint Receive(void* bytes, int count, int from, int tag);

    /// <summary>Whether a message has been carried; lets all others continue, too.</summary>
    bool IsDone(ref nint request);

    /// <summary>The sender of a message that waits.</summary>
    int? Waiting(int tag);

    /// <summary>Waits for all ranks, and ends.</summary>
    void Finish();
}

/// <summary>The few functions of Open MPI that carry messages. Its handles are addresses of symbols of the library.</summary>
internal sealed unsafe partial class MpiLibrary : IMpi
{
    private const string Name = "libmpi.so.40";
    private const int ThreadSerialized = 2;
    private const int AnySource = -1;
    private const int LongestError = 256;

    private readonly nint _handle;
    private readonly nint _world;
    private readonly nint _byte;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _send;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _receive;
    private readonly delegate* unmanaged<nint*, int*, void*, int> _test;
    private readonly delegate* unmanaged<int, int, nint, int*, Status*, int> _probe;

    private MpiLibrary(nint handle)
    {
        _handle = handle;
        (_world, _byte) = (Symbol("ompi_mpi_comm_world"), Symbol("ompi_mpi_byte"));
        _send = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Symbol("MPI_Isend");
        _receive = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Symbol("MPI_Irecv");
        _test = (delegate* unmanaged<nint*, int*, void*, int>)Symbol("MPI_Test");
        _probe = (delegate* unmanaged<int, int, nint, int*, Status*, int>)Symbol("MPI_Iprobe");
    }

    /// <summary>Loads the library and joins the other ranks.</summary>
    /// <exception cref="MmDiffusionException">It is not installed, or does not start.</exception>
    internal static MpiLibrary Start()
    {
        if (!NativeLibrary.TryLoad(Name, out var handle))
            throw new MmDiffusionException(
                $"started by mpirun, but {Name} was not found; install Open MPI on every machine (Debian "
                + "and Ubuntu: apt-get install openmpi-bin)");
        var library = new MpiLibrary(handle);
        // Over one TCP connection the two directions take turns, which halves the speed of a network; what mpirun was told counts more.
        _ = SetEnvironment("OMPI_MCA_btl_tcp_links", "2", overwrite: 0);
        int provided;
        library.Check(
            ((delegate* unmanaged<void*, void*, int, int*, int>)library.Symbol("MPI_Init_thread"))(null, null, ThreadSerialized, &provided),
            "start");
        if (provided < ThreadSerialized)
            throw new MmDiffusionException(
                "this Open MPI was built without threads, and cannot be used; install the one of your distribution");
        // Otherwise the library ends the process itself, with pages of its own.
        library.Check(
            ((delegate* unmanaged<nint, nint, int>)library.Symbol("MPI_Comm_set_errhandler"))(
                library._world,
                library.Symbol("ompi_mpi_errors_return")),
            "start");
        return library;
    }

    public int Rank() => Number("MPI_Comm_rank");

    public int Size() => Number("MPI_Comm_size");

    public nint Send(void* bytes, int count, int to, int tag)
    {
        nint request;
        Check(_send(bytes, count, _byte, to, tag, _world, &request), $"send to rank {to}");
        return request;
    }

    public nint Receive(void* bytes, int count, int from, int tag)
    {
        nint request;
        Check(_receive(bytes, count, _byte, from, tag, _world, &request), $"receive from rank {from}");
        return request;
    }

    public bool IsDone(ref nint request)
    {
        int done;
        fixed (nint* address = &request) Check(_test(address, &done, null), "carry a message");
        return done != 0;
    }

    public int? Waiting(int tag)
    {
        int found;
        Status status;
        Check(_probe(AnySource, tag, _world, &found, &status), "look for a message");
        return found != 0 ? status.Source : null;
    }

    public void Finish() => Check(((delegate* unmanaged<int>)Symbol("MPI_Finalize"))(), "end");

    private int Number(string function)
    {
        int number;
        Check(((delegate* unmanaged<nint, int*, int>)Symbol(function))(_world, &number), "start");
        return number;
    }

    // The runtime's own copy of the environment does not reach libraries.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private nint Symbol(string name) => NativeLibrary.GetExport(_handle, name);

    private void Check(int code, string what)
    {
        if (code == 0) return;
        var text = stackalloc byte[LongestError];
        var length = 0;
        ((delegate* unmanaged<int, byte*, int*, int>)Symbol("MPI_Error_string"))(code, text, &length);
        throw new MmDiffusionException(
            $"Open MPI could not {what}: {Encoding.UTF8.GetString(text, length)}; another rank may have ended, see its messages");
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Status
    {
        public int Source;
        public int Tag;
        public int Error;
        public int Cancelled;
        public nuint Bytes;
    }
}
