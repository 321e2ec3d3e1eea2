using System.Globalization;
using System.Text;
using MmDiffusion.Media;
using Spectre.Console;

namespace MmDiffusion.Cli;

/// <summary>
/// The standard output. Results that cannot be written, as to a full disk or a closed pipe, are a failure of the command, whatever prints
/// them: tables, lines, help.
/// </summary>
internal sealed class StandardOutput : IAnsiConsoleOutput
{
    private readonly AnsiConsoleOutput _console = new(Console.Out);

    public TextWriter Writer { get; } = new Checked(Console.Out);

    public bool IsTerminal => _console.IsTerminal;

    public int Width => _console.Width;

    public int Height => _console.Height;

    public void SetEncoding(Encoding encoding) => _console.SetEncoding(encoding);

    internal sealed class Checked(TextWriter writer) : TextWriter(CultureInfo.InvariantCulture)
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
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new MmDiffusionException(
                    $"cannot write to the standard output: {exception.Message.TrimEnd('.')}; what the command made is "
                    + "there, what it would have printed is lost",
                    exception);
            }
        }
    }
}
