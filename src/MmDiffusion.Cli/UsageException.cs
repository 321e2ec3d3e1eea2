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
