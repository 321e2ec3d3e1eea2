using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Cli.Studies;

/// <summary>Shows a study that was made.</summary>
internal static class CreatedStudyText
{
    internal static void Write(Terminal terminal, CreatedStudy study, StudyKind kind)
    {
        var people = study.RatersNeeded == 1 ? "1 person" : $"{study.RatersNeeded} people";
        var items = Plural.Of(study.Items, kind == StudyKind.Pairwise ? "pair" : "clip");
        terminal.WriteResult($"study {FileNames.Printable(study.Name)}: {items} to rate, {people} needed");
        terminal.WriteResult(FormattableString.Invariant(
            $"clips of {study.Width}x{study.Height}, {study.ClipSeconds:0.##} s, {study.ClipBytes} bytes each"));
        terminal.WriteResult($"link for raters: {study.JoinPath} after the server's address");
        terminal.WriteResult($"administrator's token, for /admin there: {study.AdminToken}");
        foreach (var notice in study.Notices) terminal.WriteMessage(notice);
        terminal.WriteMessage("note the token, it cannot be shown again");
    }
}
