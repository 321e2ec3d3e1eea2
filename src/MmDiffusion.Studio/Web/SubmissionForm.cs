using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Web;

/// <summary>Answers as a form, on the way out (names of the fields) and back.</summary>
internal static class SubmissionForm
{
    internal const string Comment = "comment";
    internal const string Plays = "plays";
    internal const string Seconds = "seconds";
    private const int MostPlays = 1000;
    private const double LongestSeconds = 86400;

    /// <summary>The field of the ticket that came with the first (0) or second clip.</summary>
    internal static string Ticket(int clip) => $"ticket{clip}";

    /// <summary>The field of a reason.</summary>
    internal static string Reason(string name) => $"why_{name}";

    /// <summary>Reads an answer; null where a question is not answered by one of its choices.</summary>
    internal static Submission? Read(PostedForm form, StudyKind kind)
    {
        var questions = Questionnaire.Of(kind);
        var values = questions.Select(question => form.Number(question.Name) is { } value && question.Allows(value) ? value : 0).ToList();
        var comment = form.Text(Comment).Trim();
        if (values.Contains(0) || comment.Length > Submission.LongestComment) return null;
        return new Submission
        {
            Values = values,
            Reasons = kind == StudyKind.Pairwise ? [.. Questionnaire.Reasons.Select(reason => reason.Name).Where(name => form.IsTicked(Reason(name)))] : [],
            Comment = Printable(comment),
            Tickets = [.. Enumerable.Range(0, kind == StudyKind.Pairwise ? 2 : 1).Select(clip => form.Text(Ticket(clip)))],
            Seconds = form.Measure(Seconds, LongestSeconds),
            Plays = (int)form.Measure(Plays, MostPlays),
        };
    }

    /// <summary>PostgreSQL stores no zero characters, and nobody wants to read other control characters.</summary>
    private static string Printable(string text) => string.Concat(text.ReplaceLineEndings("\n").Select(character => char.IsControl(character) && character != '\n' ? ' ' : character));
}
