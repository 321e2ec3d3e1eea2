using System.ComponentModel;
using System.Diagnostics;

namespace MmDiffusion.Cli.Info;

/// <summary>Asks ffmpeg for its version.</summary>
internal static class FFmpegVersion
{
    /// <returns>For example 5.1.9-0+deb12u1; null where there is no ffmpeg.</returns>
    internal static string? Find()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ffmpeg", "-version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            // "ffmpeg version 5.1.9-0+deb12u1 Copyright (c) …"
            var words = (process.StandardOutput.ReadLine() ?? "").Split(' ');
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 && words.Length > 2 ? words[2] : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
