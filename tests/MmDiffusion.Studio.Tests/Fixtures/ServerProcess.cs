using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>The server as users start it, in a process of its own, which can be killed and started again at the same address.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    internal static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(5);
    private readonly string _database;
    private Process _process;

    private ServerProcess(string database, Uri address) => (_database, Address, _process) = (database, address, Start(database, address));

    internal Uri Address { get; }

    /// <summary>Memory that the process holds now, bytes.</summary>
    internal long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    internal static async Task<ServerProcess> StartAsync(string database)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var server = new ServerProcess(database, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
        await server.WaitAsync();
        return server;
    }

    /// <summary>Kills the process at once, as by kill -9, and starts another.</summary>
    internal async Task KillAndRestartAsync()
    {
        await KillAsync();
        _process = Start(_database, Address);
        await WaitAsync();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Start(string database, Uri address)
    {
        // A proxy tells addresses, so that every simulated rater has its own.
        string[] arguments = [Program(), "study", "serve", "--urls", address.AbsoluteUri, "--database", database, "--behind-proxy"];
        var start = new ProcessStartInfo(Host(), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["DOTNET_TieredCompilation"] = "0"; // as the start script has it
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
            Console.Error.Write(
                line.Data is { Length: > 0 } text && !text.Contains(": serving;", StringComparison.Ordinal) ? $"{text}\n" : "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task WaitAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            if (_process.HasExited || watch.Elapsed > LongestStart) throw new InvalidOperationException("the server does not start");
            try
            {
                using var response = await client.GetAsync("/health");
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
        }
    }

    /// <summary>The host of the runtime that runs the tests, which may themselves be a program of their own.</summary>
    private static string Host() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>The program that was built in this repository.</summary>
    private static string Program()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "src/MmDiffusion.Cli/bin/Release/net10.0/mmdiff.dll") is var found && File.Exists(found))
                return found;
        throw new InvalidOperationException($"mmdiff.dll is not built above {AppContext.BaseDirectory}");
    }
}
