using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>A PostgreSQL of the test's own, started once for all tests; null where none is installed.</summary>
internal sealed class PostgresCluster : IDisposable
{
    private static readonly Lazy<PostgresCluster?> Shared = new(Start);
    private static int _databases;
    private readonly string _programs;
    private readonly string _folder;
    private readonly int _port;

    private PostgresCluster(string programs, string folder, int port)
    {
        (_programs, _folder, _port) = (programs, folder, port);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>The address of a new, empty database. Skips the test where there is no PostgreSQL.</summary>
    internal static string NewDatabase()
    {
        if (Shared.Value is not { } cluster)
        {
            Assert.Skip("PostgreSQL is not installed");
            return "";
        }

        return cluster.CreateDatabase();
    }

    /// <summary>One that the test may restart, and disposes. Skips the test where there is no PostgreSQL.</summary>
    internal static PostgresCluster OfOne()
    {
        var cluster = Start();
        if (cluster is null) Assert.Skip("PostgreSQL is not installed");
        return cluster!;
    }

    /// <summary>The address of a new, empty database.</summary>
    internal string CreateDatabase()
    {
        var name = $"study{Interlocked.Increment(ref _databases)}";
        Run("createdb", "-h", "127.0.0.1", "-p", $"{_port}", "-U", "postgres", name);
        return $"postgres:Host=127.0.0.1;Port={_port};Database={name};Username=postgres;Maximum Pool Size=40";
    }

    /// <summary>Ends all connections, whatever they do, and takes new ones.</summary>
    internal void Restart() =>
        Run(
            "pg_ctl", "-D", Path.Combine(_folder, "data"), "-m", "fast", "-w", "-l", Path.Combine(_folder, "log"), "-o",
            Options(_folder, _port), "restart");

    public void Dispose()
    {
        if (!Directory.Exists(_folder)) return;
        if (File.Exists(Path.Combine(_folder, "data", "postmaster.pid")))
            Run("pg_ctl", "-D", Path.Combine(_folder, "data"), "-m", "immediate", "-w", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private static PostgresCluster? Start()
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .Order(StringComparer.Ordinal)
                .Select(version => Path.Combine(version, "bin"))
                .LastOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            : null;
        if (programs is null) return null;
        var folder = Directory.CreateTempSubdirectory("mmdiff-postgres-").FullName;
        // Another user's server must get through the folders above, too.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var cluster = new PostgresCluster(programs, folder, port);
        cluster.Run("initdb", "-D", Path.Combine(folder, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale");
        cluster.Run(
            "pg_ctl", "-D", Path.Combine(folder, "data"), "-w", "-l", Path.Combine(folder, "log"), "-o", Options(folder, port), "start");
        return cluster;
    }

    private static string Options(string folder, int port) => $"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=100";

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private void Run(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs, program);
        var start = Environment.UserName == "root"
            ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        // What the server inherits it keeps open; nobody waits for its end of a pipe.
        start.WorkingDirectory = "/";
        using var process = Process.Start(start)!;
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), $"{program} hangs");
        Assert.Equal(0, process.ExitCode);
    }
}
