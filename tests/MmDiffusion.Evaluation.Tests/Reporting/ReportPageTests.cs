using Microsoft.Playwright;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Evaluation.Reporting;

namespace MmDiffusion.Evaluation.Tests.Reporting;

[Trait("group", "web")]
public sealed class ReportPageTests(SceneFolder scenes) : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var chromium = Array.Find(Places, File.Exists);
        Assert.SkipWhen(chromium is null, $"there is no Chromium: none of {string.Join(", ", Places)}");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    private string Write()
    {
        var report = new ClipEvaluation(scenes.Protocol, scenes.Cache).Run(
            new EvaluationFolders(scenes.Real, scenes.Generated, scenes.Draw("training", 3, 4)),
            "a model <script>");
        report = report with
        {
            Loss = new LossReport(64, [0.4, 0.2, 0.1, 0.05], [0.41, 0.19, 0.1, 0.06], 1.01, new Interval(0.97, 1.05))
            {
                Model = "models/a",
                SeenClips = "synth:9@1",
            },
        };
        ReportPage.Write(report, scenes["page"]);
        return Path.Combine(scenes["page"], EvaluationReport.PageFile);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task The_page_shows_everything_and_fetches_nothing()
    {
        var path = Write();
        var page = await _browser!.NewPageAsync(
            new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1200, Height = 900 } });
        var (requests, complaints) = (new List<string>(), new List<string>());
        page.Request += (_, request) => requests.Add(request.Url);
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        await page.GotoAsync("file://" + path);

        Assert.Equal("Evaluation of a model <script>", await page.TitleAsync());
        Assert.Empty(complaints);
        Assert.Equal([$"file://{path}"], requests.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "Distances", "Sound and picture together", "Diversity", "Memorisation", "Clips", "Loss by timestep",
                "What the figures depend on",
            ],
            await page.Locator("h2").AllTextContentsAsync());
        // Distances by number, alignment, two projections, losses; sheets of the pairs, and of best, median and worst clips.
        Assert.Equal(3 + 1 + 2 + 1 + 1 + 3, await page.Locator("figure img").CountAsync());
        Assert.True(await page.EvaluateAsync<bool>(
            "[...document.images].every(image => image.complete && image.naturalWidth > 300 && image.alt.length > 10)"));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task The_page_fits_a_telephone_and_paper()
    {
        var path = Write();
        var page = await _browser!.NewPageAsync(
            new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 390, Height = 800 } });
        await page.GotoAsync("file://" + path);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));

        await page.SetViewportSizeAsync(690, 1000); // A4 within its margins.
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Microsoft.Playwright.Media.Print });
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        Assert.True(await page.EvaluateAsync<bool>(
            "[...document.querySelectorAll('.card')].every(card => card.scrollWidth <= card.clientWidth + 1)"));
        Assert.Equal("rgb(255, 255, 255)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        var paper = await page.PdfAsync(new PagePdfOptions { PreferCSSPageSize = true });
        Assert.InRange(paper.Length, 20_000, 20_000_000);
    }
}
