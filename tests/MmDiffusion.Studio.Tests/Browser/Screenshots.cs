using Microsoft.Playwright;

namespace MmDiffusion.Studio.Tests.Browser;

/// <summary>Pictures for people to look at, in the folder of the environment variable MMDIFF_SCREENSHOTS; none without it.</summary>
internal sealed class Screenshots(string name)
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("MMDIFF_SCREENSHOTS");

    internal async Task TakeAsync(IPage page, string moment)
    {
        if (Folder is { Length: > 0 })
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, $"{name}-{moment}.png"), FullPage = true });
    }
}
