using System.ComponentModel;
using System.Diagnostics;

namespace MmDiffusion.Media.FfmpegProgram;

/// <summary>
/// One run of ffmpeg or ffprobe with pipes on its input, output and error streams. Disposal or cancellation kills it at once.
/// </summary>
internal sealed class FfmpegProcess : IDisposable
{
    private readonly Process _process;
    private readonly ErrorTail _errors;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;

    /// <summary>Starts a program.</summary>
    /// <param name="program">"ffmpeg" or "ffprobe".</param>
    /// <param name="arguments">Passed one by one, so that no name needs quoting.</param>
    /// <param name="cancellation">Kills the program.</param>
    /// <param name="log">Told of the frames that pass a "showinfo" filter; null without one.</param>
    /// <exception cref="MmDiffusionException">The program is not installed or does not start.</exception>
    internal FfmpegProcess(string program, IEnumerable<string> arguments, CancellationToken cancellation, FrameLog? log = null)
    {
        cancellation.ThrowIfCancellationRequested();
        var path = Ffmpeg.Locate(program);
        string[] level = log is null ? ["-loglevel", "error"] : ["-nostats", "-loglevel", "level+info"];
        var start = new ProcessStartInfo(path, ["-hide_banner", .. level, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new MmDiffusionException($"'{path}' does not start ({exception.Message}); reinstall ffmpeg", exception);
        }

        _errors = new ErrorTail(_process.StandardError, log);
        _cancellation = cancellation;
        _registration = cancellation.Register(Kill);
    }

    /// <summary>The program's standard input.</summary>
    internal Stream Input => _process.StandardInput.BaseStream;

    /// <summary>The operating system's number of the process.</summary>
    internal int Id => _process.Id;

    /// <summary>Reads until the buffer is full or the output ends.</summary>
    /// <returns>The number of bytes read.</returns>
    internal int Read(Span<byte> buffer)
    {
        var count = _process.StandardOutput.BaseStream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        _cancellation.ThrowIfCancellationRequested();
        return count;
    }

    /// <summary>Reads the whole output as text.</summary>
    internal string ReadText()
    {
        var text = _process.StandardOutput.ReadToEnd();
        _cancellation.ThrowIfCancellationRequested();
        return text;
    }

    /// <summary>Reads the output as text, line by line.</summary>
    internal IEnumerable<string> ReadLines()
    {
        while (_process.StandardOutput.ReadLine() is { } line) yield return line;
        _cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>Whether the program succeeded, and what it complained about (perhaps although it succeeded), oldest first.</returns>
    internal (bool Succeeded, IReadOnlyList<string> Errors) Finish()
    {
        CloseInput();
        _process.WaitForExit();
        _cancellation.ThrowIfCancellationRequested();
        return (_process.ExitCode == 0, _errors.Lines());
    }

    /// <summary>Why the program failed, after its end: its own words, or how it was ended by others.</summary>
    /// <param name="errors">What it complained about.</param>
    internal string ReasonOf(IReadOnlyList<string> errors)
    {
        const int killed = 128;
        if (errors is [var first, ..]) return $"ffmpeg says \"{first}\"";
        return _process.ExitCode > killed
            ? $"ffmpeg was ended by signal {_process.ExitCode - killed}, perhaps for want of memory"
            : $"ffmpeg failed without a reason (exit code {_process.ExitCode})";
    }

    public void Dispose()
    {
        _registration.Dispose();
        Kill();
        CloseInput();
        _process.WaitForExit();
        _errors.Lines();
        _process.Dispose();
    }

    /// <summary>
    /// Closing writes what is still in a buffer, which fails where the program has ended; what it said is read after this.
    /// </summary>
    private void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended early, and its own words and exit code tell more than the broken pipe.
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It ended by itself in the meantime, which is what was wanted.
        }
    }
}
