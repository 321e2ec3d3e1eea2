namespace MmDiffusion.Evaluation.Reporting;

/// <summary>What all pages have in common.</summary>
internal static class PageFrame
{
    private static readonly string Style = ReadStyle();

    internal static Html Of(string title, Html body) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title}</title>
        <link rel="icon" href="data:,">
        <style>{Html.Style(Style)}</style>
        </head>
        <body><main>
        {body}
        </main></body>
        </html>
        """);

    internal static string Range(Interval interval) => $"{ReportNumber.Of(interval.Lower)} to {ReportNumber.Of(interval.Upper)}";

    private static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(PageFrame).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    }
}
