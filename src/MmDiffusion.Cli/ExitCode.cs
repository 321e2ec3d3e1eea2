namespace MmDiffusion.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    internal const int Success = 0;

    /// <summary>The work could not be done; a sentence on the standard error says why.</summary>
    internal const int Failure = 1;

    /// <summary>The command line was not understood.</summary>
    internal const int Usage = 2;

    /// <summary>Ctrl-C or a termination signal, by the shell's convention 128 + SIGINT.</summary>
    internal const int Stopped = 130;
}
