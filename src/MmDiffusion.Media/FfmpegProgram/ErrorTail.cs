using System.Text.RegularExpressions;

namespace MmDiffusion.Media.FfmpegProgram;

/// <summary>The last lines a program wrote to its error stream; memory stays bounded however much it complains.</summary>
internal sealed partial class ErrorTail
{
    private const int MaximumLines = 20;

    /// <summary>What ffmpeg says of its own output when filters began again, which is no fault of the file.</summary>
    private const string RestartedMuxer = "non monotonically increasing dts to muxer";

    private readonly Queue<string> _lines = new();
    private readonly Task _drain;

    /// <summary>Begins to read.</summary>
    /// <param name="errors">The stream.</param>
    /// <param name="log">
    /// Takes what tells of frames; every other line then names its level, and only errors are kept. Null for neither.
    /// </param>
    internal ErrorTail(TextReader errors, FrameLog? log = null) => _drain = Task.Run(() =>
    {
        while (Read(errors) is { } line)
        {
            if (log is not null && (log.Accept(line) || !Level().IsMatch(line) || line.Contains(RestartedMuxer, StringComparison.Ordinal)))
                continue;
            var clean = Level().Replace(Prefix().Replace(line, ""), "").Trim();
            if (clean.Length == 0) continue;
            log?.Complain(clean);
            if (_lines.Count == MaximumLines) _lines.Dequeue();
            _lines.Enqueue(clean.Length > 300 ? clean[..300] : clean);
        }
        log?.Complete();
    });

    /// <summary>Waits for the end of the stream and gives the lines kept, oldest first.</summary>
    internal IReadOnlyList<string> Lines()
    {
        _drain.Wait();
        return [.. _lines];
    }

    /// <summary>A line; null at the end, also where the stream is closed before it: what was read by then is told nevertheless.</summary>
    private static string? Read(TextReader errors)
    {
        try
        {
            return errors.ReadLine();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Names of components and addresses in front of a line say nothing to a user: "[mov,mp4 @ 0x55d0] ".</summary>
    [GeneratedRegex(@"^(\[[^\]]* @ 0x[0-9a-f]+\]\s*)+|file:(?=/)")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\[(error|fatal|panic)\] ")]
    private static partial Regex Level();
}
