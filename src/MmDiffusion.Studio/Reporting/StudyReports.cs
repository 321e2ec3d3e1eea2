using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Evaluation;
using MmDiffusion.Media;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Results of studies, by their names.</summary>
public static class StudyReports
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new IntervalConverter() },
    };

    /// <summary>The report of a study as it stands.</summary>
    /// <exception cref="MmDiffusionException">There is no such study.</exception>
    public static async Task<StudyReport> BuildAsync(StudyDatabase database, string name, CancellationToken cancellation = default) =>
        ReportBuilder.Build(await LoadAsync(database, name, cancellation));

    /// <summary>All answers as comma-separated values.</summary>
    /// <exception cref="MmDiffusionException">There is no such study.</exception>
    public static async Task<string> ExportAsync(StudyDatabase database, string name, CancellationToken cancellation = default) =>
        StudyExport.ToCsv(await LoadAsync(database, name, cancellation));

    /// <summary>The name of a study with what file names cannot hold replaced.</summary>
    public static string FileName(string study) =>
        string.Concat(study.Select(character =>
            char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or ' ' or '.' ? character : '_')).TrimStart('.');

    /// <summary>A report for programs: snake_case, unknown numbers as null.</summary>
    public static string ToJson(StudyReport report) => JsonSerializer.Serialize(report, Json);

    /// <summary>A report as a page of its own, which needs no server.</summary>
    public static string ToHtml(StudyReport report) => StudyReportPage.Of(report, standalone: true).ToString();

    /// <summary>The studies of a database: their names, and the paths of the links for raters.</summary>
    public static async Task<IReadOnlyList<(string Name, string JoinPath)>> ListAsync(
        StudyDatabase database,
        CancellationToken cancellation = default)
    {
        return await database.ExplainAsync<IReadOnlyList<(string, string)>>("cannot read the studies in", async () =>
        {
            await using var context = database.Read();
            var studies = await context.Studies.OrderBy(study => study.CreatedAt)
                .Select(study => new { study.Name, study.JoinToken }).ToListAsync(cancellation);
            return [.. studies.Select(study => (study.Name, $"/s/{study.JoinToken}"))];
        });
    }

    private static Task<StudyRecords> LoadAsync(StudyDatabase database, string name, CancellationToken cancellation) =>
        database.ExplainAsync("cannot read the studies in", () => LoadRecordsAsync(database, name, cancellation));

    private static async Task<StudyRecords> LoadRecordsAsync(StudyDatabase database, string name, CancellationToken cancellation)
    {
        await using var context = database.Read();
        var study = await context.Studies.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation);
        if (study is not null) return await StudyRecords.LoadAsync(database, study, cancellation);
        var names = await context.Studies.Select(row => row.Name).Order().ToListAsync(cancellation);
        throw new MmDiffusionException(
            $"there is no study named '{name}'; "
            + $"{(names.Count == 0 ? "the database holds none, so check --database" : $"the database holds: {string.Join(", ", names)}")}");
    }

    /// <summary>An interval by the names that reports of studies have always had.</summary>
    private sealed class IntervalConverter : JsonConverter<Interval>
    {
        public override Interval? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("reports are written for programs and not read again");

        public override void Write(Utf8JsonWriter writer, Interval value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteNumber("low", value.Lower);
            writer.WriteNumber("high", value.Upper);
            writer.WriteEndObject();
        }
    }
}
