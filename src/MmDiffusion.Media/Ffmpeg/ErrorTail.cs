using System.Text.RegularExpressions;

namespace MmDiffusion.Media;

/// <summary>The last lines a program wrote to its error stream; memory stays bounded however much it complains.</summary>
internal sealed partial class ErrorTail
{
    private const int MaximumLines = 20;
    private readonly Queue<string> _lines = new();
    private readonly Task _drain;

    internal ErrorTail(TextReader errors) => _drain = Task.Run(() =>
    {
        while (errors.ReadLine() is { } line)
        {
            var clean = Prefix().Replace(line, "").Trim();
            if (clean.Length == 0) continue;
            if (_lines.Count == MaximumLines) _lines.Dequeue();
            _lines.Enqueue(clean.Length > 300 ? clean[..300] : clean);
        }
    });

    /// <summary>Waits for the end of the stream and gives the lines kept, oldest first.</summary>
    internal IReadOnlyList<string> Lines()
    {
        _drain.Wait();
        return [.. _lines];
    }

    /// <summary>Names of components and addresses in front of a line say nothing to a user: "[mov,mp4 @ 0x55d0] ".</summary>
    [GeneratedRegex(@"^(\[[^\]]* @ 0x[0-9a-f]+\]\s*)+|file:(?=/)")]
    private static partial Regex Prefix();
}
