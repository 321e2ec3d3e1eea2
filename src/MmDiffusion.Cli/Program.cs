using System.Runtime.InteropServices;
using MmDiffusion.Collectives;

namespace MmDiffusion.Cli;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        // mpirun shows its ranks a terminal, to which the runtime would write control characters; they end up among the results.
        if (Ranks.AreMany) Environment.SetEnvironmentVariable("TERM", "dumb");
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
        return new CommandLine(Terminal.OfProcess(stop.Token)).Run(arguments);

        // The first signal asks the command to stop cleanly, the second ends the process as usual.
        void Handle(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
