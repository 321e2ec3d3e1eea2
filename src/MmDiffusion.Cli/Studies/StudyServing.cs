using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Studio;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Web;

namespace MmDiffusion.Cli.Studies;

/// <summary>Runs the server until the user stops it.</summary>
internal static class StudyServing
{
    /// <exception cref="MmDiffusionException">It cannot listen there.</exception>
    internal static async Task RunAsync(Terminal terminal, StudyDatabase database, StudioOptions options)
    {
        await using var server = StudyServer.Create(database, options);
        try
        {
            await server.StartAsync(terminal.Stop);
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException
            or FormatException or ArgumentException)
        {
            throw new MmDiffusionException(
                $"cannot listen on {options.Urls}: {exception.Message.TrimEnd('.')}; choose other addresses with --urls",
                exception);
        }

        var address = server.Urls.First();
        foreach (var (name, path) in await StudyReports.ListAsync(database, terminal.Stop))
            terminal.WriteResult($"{FileNames.Printable(name)}: {address}{path}");
        terminal.WriteMessage($"serving; the administrator's page is {address}/admin, Ctrl-C stops");
        await server.WaitForShutdownAsync(terminal.Stop);
    }
}
