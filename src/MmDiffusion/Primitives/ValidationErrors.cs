using MmDiffusion.Media;

namespace MmDiffusion.Primitives;

/// <summary>Collects everything that is wrong with a configuration, so that one message names it all.</summary>
public sealed class ValidationErrors
{
    private readonly List<string> _errors = [];

    /// <summary>The sentences so far.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Notes a sentence unless a condition holds.</summary>
    /// <param name="condition">What should be true.</param>
    /// <param name="message">What is wrong, what was found and what was expected.</param>
    /// <returns>The condition, so that checks which depend on it can be skipped.</returns>
    public bool Require(bool condition, string message)
    {
        if (!condition) _errors.Add(message);
        return condition;
    }

    /// <summary>Notes what a check says that fails.</summary>
    /// <param name="check">Throws where something is wrong.</param>
    internal void RequireNoFailure(Action check)
    {
        try
        {
            check();
        }
        catch (MmDiffusionException exception)
        {
            _errors.Add(exception.Message);
        }
    }

    /// <summary>Throws if anything was noted.</summary>
    /// <param name="subject">What was checked, for the message.</param>
    /// <exception cref="InvalidSettingsException">With every sentence noted.</exception>
    public void ThrowIfAny(string subject)
    {
        if (_errors.Count > 0) throw new InvalidSettingsException($"{subject} is not valid: {string.Join("; ", _errors)}");
    }
}
