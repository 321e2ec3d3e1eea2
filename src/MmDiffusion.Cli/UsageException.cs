using MmDiffusion.Media;

namespace MmDiffusion.Cli;

/// <summary>A setting of the command line that cannot be, found out only with a file that it names: exit code 2.</summary>
internal sealed class UsageException(MmDiffusionException cause) : MmDiffusionException(cause.Message, cause)
{
    /// <summary>Runs a check of settings.</summary>
    /// <param name="check">Throws where something is wrong.</param>
    /// <exception cref="UsageException">It did.</exception>
    internal static void ThrowIf(Action check)
    {
        try
        {
            check();
        }
        catch (MmDiffusionException exception)
        {
            throw new UsageException(exception);
        }
    }
}

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
