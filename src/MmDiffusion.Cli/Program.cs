using System.Runtime.InteropServices;
using MmDiffusion.Distributed;
using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Cli;

internal static class Program
{
    // SIGUSR1 of Linux, which the enumeration does not name.
    private const PosixSignal UserSignal = (PosixSignal)10;

    private static int Main(string[] arguments)
    {
        if (ProcessLimits.Fault() is { } fault)
        {
            Console.Error.WriteLine($"mmdiff: {fault}");
            return ExitCode.Failure;
        }
        TorchRuntime.Configure();
        // mpirun shows its ranks a terminal, to which the runtime would write control characters; they end up among the results.
        if (Ranks.AreMany) Environment.SetEnvironmentVariable("TERM", "dumb");
        using var stop = new CancellationTokenSource();
        using var end = new CancellationTokenSource();
        var program = new CommandLine(Terminal.OfProcess(stop.Token, end.Token));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        // A terminal that is closed, or a connection that is lost; what was started with nohup ignores it.
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        // Schedulers send it some time before the end, and mpirun passes it on to all ranks, which it does not do with the others.
        using var warn = OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(UserSignal, Warn) : null;
        return program.Run(arguments);

        // The first signal asks the command to stop cleanly, the second ends the process as usual.
        void End(PosixSignalContext context)
        {
            context.Cancel = !end.IsCancellationRequested;
            if (context.Signal == PosixSignal.SIGTERM && Ranks.Count > 1) program.SayThatRanksEnd();
            end.Cancel();
            stop.Cancel();
        }

        void Warn(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
