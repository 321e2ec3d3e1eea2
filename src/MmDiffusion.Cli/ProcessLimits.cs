using System.Globalization;

namespace MmDiffusion.Cli;

/// <summary>
/// What the shell or a scheduler allows this process (ulimit), and failures that come of it or of a machine that is too small, as
/// sentences.
/// </summary>
internal static class ProcessLimits
{
    // The runtime keeps each of its parts open; with fewer, it may fail at any moment, even while it says why.
    private const long LeastFiles = 256;

    // libtorch's code and data, and the runtime's heap.
    private const long LeastAddresses = 3L << 30;

    private static readonly string[] FileWords = ["Too many open files", "too many open files"];

    private static readonly string[] MemoryWords =
        [
            "can't allocate memory", "not enough memory", "Cannot allocate memory", "failed to map segment",
            "cannot allocate memory in static TLS", "Out of memory", "out of memory",
        ];

    /// <summary>A sentence where this process is allowed too little to run at all; null where it is not.</summary>
    internal static string? Fault() =>
        Read("Max open files") is { } files and < LeastFiles
            ? $"the limit of open files is {files}, expected at least {LeastFiles}; raise it, for example with 'ulimit -n 1024'"
        : Read("Max address space") is { } addresses and < LeastAddresses
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the limit of addresses is {addresses >> 20} MB, expected at least {LeastAddresses >> 20} MB for libtorch alone; raise "
                + $"it, for example with 'ulimit -v unlimited'")
            : null;

    /// <summary>A sentence where a failure comes of a limit; null where it does not.</summary>
    internal static string? Explain(Exception exception)
    {
        var causes = Causes(exception).ToList();
        if (causes.Any(cause => FileWords.Any(words => cause.Message.Contains(words, StringComparison.Ordinal))))
            return $"too many files are open at once{(Read("Max open files") is { } files ? $" (the limit is {files})" : "")}; raise the "
                + "limit, for example with 'ulimit -n 4096'";
        if (!causes.Any(cause =>
            cause is OutOfMemoryException || MemoryWords.Any(words => cause.Message.Contains(words, StringComparison.Ordinal))))
            return null;
        return Read("Max address space") is { } addresses
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"there is not enough memory: the limit of addresses is {addresses >> 20} MB; raise "
                + $"it, for example with 'ulimit -v unlimited'")
            : "there is not enough memory; compute less at once, or use a machine or container with more";
    }

    /// <summary>
    /// A sentence where .NET would not find OpenSSL, with which it computes digests on Linux: it would end the process in the middle of
    /// the work. Null where it is there, or not needed.
    /// </summary>
    /// <param name="loads">Whether a library loads, by its name.</param>
    internal static string? OpenSslFault(Func<string, bool> loads)
    {
        // The versions that .NET looks for, in its order; a variable of its own may name another.
        var named = Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE");
        string[] versions = [.. named is { Length: > 0 } ? new[] { named } : [], "3", "1.1", "1.0.2", "1.0.0", "10"];
        return Array.Exists(versions, version => loads($"libssl.so.{version}"))
            ? null
            : "OpenSSL, with which .NET computes digests, is not installed; install it, for example with 'apt-get install openssl'";
    }

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException) yield return cause;
    }

    /// <summary>The limit that holds now; null where there is none, or the system does not tell.</summary>
    private static long? Read(string name)
    {
        const string limits = "/proc/self/limits";
        try
        {
            if (!File.Exists(limits)) return null;
            var line = File.ReadAllLines(limits).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return line is not null
                && long.TryParse(
                    line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var limit)
                ? limit
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
