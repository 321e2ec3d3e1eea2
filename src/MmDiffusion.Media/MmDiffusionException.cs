namespace MmDiffusion.Media;

/// <summary>
/// A failure that the user can act on. The message is one sentence that says what was wrong, what was found,
/// what was expected and how to fix it; programs show it without a stack trace.
/// </summary>
public class MmDiffusionException : Exception
{
    /// <summary>Whether other work of the same run cannot continue either: another rank is gone.</summary>
    public virtual bool EndsRun => false;

    /// <summary>Creates a failure without a message; prefer the overloads that explain it.</summary>
    public MmDiffusionException()
    {
    }

    /// <summary>Creates a failure.</summary>
    /// <param name="message">One sentence for the user.</param>
    public MmDiffusionException(string message) : base(message)
    {
    }

    /// <summary>Creates a failure that keeps its cause.</summary>
    /// <param name="message">One sentence for the user.</param>
    /// <param name="innerException">The cause, shown only on request.</param>
    public MmDiffusionException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>Settings that cannot be: the caller's mistake, whatever the files and the machine.</summary>
/// <param name="message">One sentence that names everything that is wrong.</param>
public sealed class InvalidSettingsException(string message) : MmDiffusionException(message);
