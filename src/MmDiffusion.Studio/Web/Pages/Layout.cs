using MmDiffusion.Evaluation.Reporting;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>What all pages have in common.</summary>
internal static class Layout
{
    /// <param name="title">Of the page, for the browser's tab.</param>
    /// <param name="body">Its content, with a level 1 heading.</param>
    /// <param name="script">A script of ours that the page needs.</param>
    /// <param name="wide">Whether the content has two columns where there is space.</param>
    internal static Html Of(string title, Html body, string? script = null, bool wide = false) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="{Assets.Path("study.css")}">
        {(script is null ? Html.Empty : Html.Of($"""<script src="{Assets.Path(script)}" defer></script>"""))}
        </head>
        <body>
        <main class="{(wide ? "wide" : "narrow")}">
        {body}
        </main>
        </body>
        </html>
        """);
}
