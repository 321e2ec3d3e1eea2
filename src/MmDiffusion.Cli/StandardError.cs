using System.Globalization;
using System.Text;
using Spectre.Console;

namespace MmDiffusion.Cli;

/// <summary>
/// The standard error of this process, where writing never fails: what is shown there is not worth the work it is about, and whoever looked
/// may have closed the window, or its disk may be full.
/// </summary>
internal sealed class StandardError : IAnsiConsoleOutput
{
    private readonly AnsiConsoleOutput _console = new(Console.Error);

    public TextWriter Writer { get; } = WasClosed() ? TextWriter.Null : new Forgiving(Console.Error);

    public bool IsTerminal => Writer != TextWriter.Null && _console.IsTerminal;

    public int Width => _console.Width;

    public int Height => _console.Height;

    public void SetEncoding(Encoding encoding)
    {
        // Console.Error keeps its own.
    }

    /// <summary>
    /// Whether the process was started without one (<c>2&gt;&amp;-</c>). The runtime's own files then have its number, which must not be
    /// written to. They are closed when a program starts another; an inherited one is not, or it would not be here.
    /// </summary>
    private static bool WasClosed()
    {
        const int closeOnExec = 0x80000;
        const string information = "/proc/self/fdinfo";
        if (!Directory.Exists(information)) return false;
        try
        {
            var flags =
                File.ReadLines($"{information}/2").First(line => line.StartsWith("flags:", StringComparison.Ordinal))["flags:".Length..];
            return (Convert.ToInt32(flags.Trim(), fromBase: 8) & closeOnExec) != 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception is FileNotFoundException;
        }
    }

    internal sealed class Forgiving(TextWriter writer) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => writer.Encoding;

        public override void Write(char value) => Try(() => writer.Write(value));

        public override void Write(char[] buffer, int index, int count) => Try(() => writer.Write(buffer, index, count));

        public override void Write(string? value) => Try(() => writer.Write(value));

        public override void WriteLine(string? value) => Try(() => writer.WriteLine(value));

        public override void Flush() => Try(writer.Flush);

        private static void Try(Action write)
        {
            try
            {
                write();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // There is nobody to tell.
            }
        }
    }
}
