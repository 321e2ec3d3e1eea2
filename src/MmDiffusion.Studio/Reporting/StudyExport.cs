using System.Globalization;
using System.Text;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>All answers as comma-separated values (RFC 4180), one line each.</summary>
internal static class StudyExport
{
    internal static string ToCsv(StudyRecords records)
    {
        var questions = Questionnaire.Of(records.Study.Plan.Kind);
        var csv = new StringBuilder();
        Line(
            csv,
            [
                "rater", "position", "role", "item", "system_a", "clip_a", "system_b", "clip_b", "b_shown_first", "expected",
                .. questions.Select(question => question.Name), "reasons", "comment", "seconds", "plays", "answered_at",
            ]);
        foreach (var answer in records.Answers)
        {
            Line(csv,
            [
                Text(answer.Rater), Text(answer.Position + 1), answer.Role.ToString().ToLowerInvariant(), answer.Item, answer.SystemA,
                answer.SourceA, answer.SystemB, answer.SourceB,
                answer.Swapped ? "1" : "0",
                answer.Expected is { } expected ? Text(expected) : "", .. answer.Values.Select(value => Text(value)), answer.Reasons,
                answer.Comment,
                answer.Seconds.ToString("0.##", CultureInfo.InvariantCulture), Text(answer.Plays),
                answer.AnsweredAt.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            ]);
        }

        return csv.ToString();
    }

    private static void Line(StringBuilder csv, IReadOnlyList<string> fields) => csv.AppendJoin(',', fields.Select(Quote)).Append("\r\n");

    private static string Quote(string field)
    {
        // A spreadsheet takes these for the beginning of a formula, which a rater may have written.
        if (field.Length > 0 && "=+-@\t\r".Contains(field[0], StringComparison.Ordinal)) field = "'" + field;
        return field.AsSpan().IndexOfAny("\",\r\n'") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
