using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;
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
            Reasons = kind == StudyKind.Pairwise
                ? [.. Questionnaire.Reasons.Select(reason => reason.Name).Where(name => form.IsTicked(Reason(name)))]
                : [],
            Comment = Printable(comment),
            Tickets = [.. Enumerable.Range(0, kind == StudyKind.Pairwise ? 2 : 1).Select(clip => form.Text(Ticket(clip)))],
            Seconds = form.Measure(Seconds, LongestSeconds),
            Plays = (int)form.Measure(Plays, MostPlays),
        };
    }

    /// <summary>PostgreSQL stores no zero characters, and nobody wants to read other control characters.</summary>
    private static string Printable(string text) =>
        string.Concat(text.ReplaceLineEndings("\n").Select(character => char.IsControl(character) && character != '\n' ? ' ' : character));
}

/// <summary>The fields of a form. Whatever is wrong with them reads as missing.</summary>
internal sealed class PostedForm(IFormCollection fields)
{
    /// <summary>Reads a request; null where it is no form.</summary>
    internal static async Task<PostedForm?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasFormContentType || !IsUnicode(request.ContentType)) return null;
        try
        {
            return new PostedForm(await request.ReadFormAsync(cancellation));
        }
        // Parts of a form may name encodings of their own that there are not.
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException or ArgumentException or FormatException
            or (IOException and not BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }))
        {
            return null;
        }
    }

    /// <summary>A field's text; empty where it is missing or given more than once.</summary>
    internal string Text(string name) => fields[name] is [{ } text] ? text : "";

    internal int? Number(string name) =>
        int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A field that counts or measures, brought within bounds; 0 where it is missing.</summary>
    internal double Measure(string name, double largest) =>
        double.TryParse(Text(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? Math.Clamp(value, 0, largest)
            : 0;

    internal bool IsTicked(string name) => Text(name) == "on";

    /// <summary>Whether a form is encoded as our pages ask for, or says nothing of it.</summary>
    private static bool IsUnicode(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}

/// <summary>A field that only the rater's own page can have put into a form.</summary>
internal static class FormSeal
{
    private const string Field = "seal";
    private const string Purpose = "form";

    internal static Html Input(StudyRow study, RaterRow rater) => Input(study, rater.Id);

    internal static Html Input(StudyRow study, string owner) =>
        Html.Of($"""<input type="hidden" name="{Field}" value="{Seal.Of(study.Secret, Purpose, owner)}">""");

    internal static bool Fits(StudyRow study, RaterRow rater, PostedForm form) => Fits(study, rater.Id, form);

    internal static bool Fits(StudyRow study, string owner, PostedForm form) => Seal.Fits(study.Secret, Purpose, owner, form.Text(Field));
}
