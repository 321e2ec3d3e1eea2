using Microsoft.Playwright;

namespace MmDiffusion.Studio.Tests.Browser;

/// <summary>The system's own Chromium; nothing is downloaded.</summary>
internal sealed class BrowserHost : IAsyncDisposable
{
    /// <summary>Milliseconds. A busy machine is slow to start pages and sound; only what never comes is to fail.</summary>
    private const int Longest = 120_000;

    private readonly IPlaywright _playwright;

    private BrowserHost(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    private IBrowser Browser { get; }

    /// <summary>A desktop's window.</summary>
    internal static BrowserNewContextOptions Desktop { get; } = new() { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } };

    /// <summary>A phone's.</summary>
    internal static BrowserNewContextOptions Phone { get; } = new()
    {
        ViewportSize = new ViewportSize { Width = 375, Height = 740 },
        DeviceScaleFactor = 2,
        IsMobile = true,
        HasTouch = true,
    };

    /// <summary>Starts it. Skips the test where none is installed.</summary>
    internal static async Task<BrowserHost> StartAsync()
    {
        var path = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        if (path is null) Assert.Skip("Chromium is not installed");
        Assertions.SetDefaultExpectTimeout(Longest);
        var playwright = await Playwright.CreateAsync();
        // Without a sound card sound must still be played, into nowhere; the user's click starts it as everywhere.
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            Timeout = Longest,
        });
        return new BrowserHost(playwright, browser);
    }

    /// <summary>A window of one person.</summary>
    internal async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions options)
    {
        var context = await Browser.NewContextAsync(options);
        context.SetDefaultTimeout(Longest);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }
}
