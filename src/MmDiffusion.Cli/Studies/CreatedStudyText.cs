using MmDiffusion.Studio.Preparation;

namespace MmDiffusion.Cli.Studies;

/// <summary>Shows a study that was made.</summary>
internal static class CreatedStudyText
{
    internal static void Write(Terminal terminal, CreatedStudy study)
    {
        terminal.WriteResult($"study {study.Name}: {study.Items} to rate, {study.RatersNeeded} people needed");
        terminal.WriteResult(FormattableString.Invariant($"clips of {study.Width}x{study.Height}, {study.ClipSeconds:0.##} s, {study.ClipBytes} bytes each"));
        terminal.WriteResult($"link for raters: {study.JoinPath} after the server's address");
        terminal.WriteResult($"administrator's token: {study.AdminToken}");
        terminal.WriteMessage("note the token, it cannot be shown again");
    }
}
