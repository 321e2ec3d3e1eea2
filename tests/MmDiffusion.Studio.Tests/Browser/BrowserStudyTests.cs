using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Browser;

/// <summary>
/// Whole studies in a real browser, by what a person does. With MMDIFF_SCREENSHOTS set, pictures are kept in that folder.
/// </summary>
[Trait("group", "web")]
public sealed class BrowserStudyTests : IAsyncLifetime
{
    private readonly TemporaryStudies _studies = new();
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;
    private BrowserHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await BrowserHost.StartAsync();
        _server = await RunningServer.StartAsync(_studies.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _server.DisposeAsync();
        _studies.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(StudyKind.Mos, false, Traits = ["group", "slow"])]
    [InlineData(StudyKind.Mos, true, Traits = ["group", "slow"])]
    [InlineData(StudyKind.Turing, false, Traits = ["group", "slow"])]
    [InlineData(StudyKind.Turing, true, Traits = ["group", "slow"])]
    [InlineData(StudyKind.Pairwise, false, Traits = ["group", "slow"])]
    [InlineData(StudyKind.Pairwise, true)]
    public async Task A_whole_study_is_done_by_clicks_with_sound(StudyKind kind, bool phone)
    {
        var created = await CreateAsync(kind);
        var study = Study();
        await using var context = await _host.NewContextAsync(phone ? BrowserHost.Phone : BrowserHost.Desktop);
        var page = await OpenAsync(context, created.JoinPath);
        var shots = new Screenshots($"{kind}-{(phone ? "phone" : "desktop")}".ToLowerInvariant());
        await shots.TakeAsync(page, "1-consent");
        await Accessible(page);
        await page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();

        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Can you hear well?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Play the sound" }).First.ClickAsync();
        await Assertions.Expect(page.Locator("button.listen").First).ToHaveTextAsync("Playing…");
        await shots.TakeAsync(page, "2-sound");
        await Accessible(page);
        await PassSoundCheckAsync(page, study);

        var rated = 0;
        while (await page.Locator("#answer").CountAsync() > 0)
        {
            var first = rated++ == 0;
            await Assertions.Expect(Questions(page)).ToBeDisabledAsync();
            await Assertions.Expect(page.Locator("button.play").First).ToBeEnabledAsync();
            if (first)
            {
                await shots.TakeAsync(page, "3-before");
                await Accessible(page);
            }

            for (var clip = 0; clip < await page.Locator("section.clip").CountAsync(); clip++) await PlayAsync(page, clip);
            var (screen, replay) = (await page.Locator(".screen").First.BoundingBoxAsync(),
                await page.Locator("button.play").First.BoundingBoxAsync());
            Assert.True(replay!.Y > screen!.Y + 0.7 * screen.Height, "the button hides what the clip showed");
            await Assertions.Expect(Questions(page)).ToBeEnabledAsync();
            foreach (var question in Questionnaire.Of(kind)) await page.Locator($"input[name={question.Name}]").Nth(1).CheckAsync();
            if (kind == StudyKind.Pairwise) await page.GetByLabel("Its sound is worse").CheckAsync();
            if (first)
            {
                await shots.TakeAsync(page, "4-rated");
                await Accessible(page);
            }

            var where = await page.Locator("h1").TextContentAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Save and continue" }).ClickAsync();
            await Assertions.Expect(page.Locator("h1")).Not.ToHaveTextAsync(where!);
            // The heading is there before the rest of its page.
            await page.WaitForLoadStateAsync(LoadState.DOMContentLoaded);
        }

        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Thank you!");
        await Assertions.Expect(page.Locator("output")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[A-Z2-9]{10}$"));
        await shots.TakeAsync(page, "5-thanks");
        await Accessible(page);
        Assert.Equal(SessionOrder.Of(study.Plan, 0).Count, rated);
        var records = await StudyRecords.LoadAsync(_studies.Database, study, default);
        Assert.Equal(rated, records.Answers.Count);
        Assert.All(records.Answers, answer => Assert.True(answer is { Plays: 1, Seconds: > 0 and < 60 }));
        Assert.True(records.Raters.Single().Headphones);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task The_keyboard_alone_suffices()
    {
        var created = await CreateAsync(StudyKind.Turing);
        await using var context = await _host.NewContextAsync(BrowserHost.Desktop);
        var page = await OpenAsync(context, created.JoinPath);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Can you hear well?");
        await PassSoundCheckAsync(page, Study());
        await Assertions.Expect(page.Locator("button.play")).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.Locator("button.play")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Questions(page)).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(page.Locator("input[name=origin]").Nth(1)).ToBeCheckedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Clip 2 of 4");
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task Two_tabs_do_not_collide_and_a_double_click_counts_once()
    {
        var created = await CreateAsync(StudyKind.Turing);
        await using var context = await _host.NewContextAsync(BrowserHost.Desktop);
        var one = await OpenAsync(context, created.JoinPath);
        await one.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await one.GetByRole(AriaRole.Button, new() { Name = "Begin" }).DblClickAsync();
        await PassSoundCheckAsync(one, Study());
        var two = await context.NewPageAsync();
        await two.GotoAsync(one.Url);
        foreach (var tab in (IPage[])[one, two])
        {
            // A tab in the background draws no frames, by which clicks are timed.
            await tab.BringToFrontAsync();
            await PlayAsync(tab, 0);
            await Assertions.Expect(Questions(tab)).ToBeEnabledAsync();
            await tab.Locator("input[name=origin]").Nth(tab == one ? 0 : 2).CheckAsync();
        }

        await one.BringToFrontAsync();
        await one.GetByRole(AriaRole.Button, new() { Name = "Save and continue" }).DblClickAsync();
        await Assertions.Expect(one.Locator("h1")).ToHaveTextAsync("Clip 2 of 4");
        await two.BringToFrontAsync();
        await two.GetByRole(AriaRole.Button, new() { Name = "Save and continue" }).ClickAsync();
        await Assertions.Expect(two.Locator("h1")).ToHaveTextAsync("Clip 2 of 4");
        var records = await StudyRecords.LoadAsync(_studies.Database, Study(), default);
        Assert.Equal([1], Assert.Single(records.Answers).Values);
        Assert.Single(records.Raters);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task A_wrong_count_of_beeps_is_told_and_can_be_tried_again()
    {
        var created = await CreateAsync(StudyKind.Turing);
        await using var context = await _host.NewContextAsync(BrowserHost.Phone);
        var page = await OpenAsync(context, created.JoinPath);
        await page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        await PassSoundCheckAsync(page, Study(), error: 1);
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the number of beeps");
        await Accessible(page);
        await PassSoundCheckAsync(page, Study());
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Clip 1 of 4");
    }

    [Fact]
    public async Task An_answer_waits_for_a_server_that_is_away()
    {
        var created = await CreateAsync(StudyKind.Turing);
        await using var context = await _host.NewContextAsync(BrowserHost.Desktop);
        var page = await OpenAsync(context, created.JoinPath);
        await page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        await PassSoundCheckAsync(page, Study());
        await PlayAsync(page, 0);
        await page.Locator("input[name=origin]").First.CheckAsync();
        await context.SetOfflineAsync(true);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and continue" }).ClickAsync();
        await Assertions.Expect(page.Locator("#saving")).ToContainTextAsync("Not saved yet");
        await context.SetOfflineAsync(false);
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Clip 2 of 4");
    }

    [Fact]
    public async Task The_administrator_watches_and_reads_the_report()
    {
        var created = await CreateAsync(StudyKind.Mos);
        using var client = _server.NewClient();
        await using var context = await _host.NewContextAsync(BrowserHost.Desktop);
        var page = await OpenAsync(context, "/admin");
        await Accessible(page);
        await page.GetByLabel("The token").FillAsync(created.AdminToken);
        await page.GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        await Assertions.Expect(page.Locator("dd [data-figure=ratings]")).ToHaveTextAsync("0");
        var study = Study();
        for (var i = 0; i < 4; i++)
        {
            var rater = await TestRater.JoinAsync(client, _studies.Database, study);
            var answer = 0;
            while (await rater.AnswerAsync(study, _ => $"{(answer++ * 7 + i) % 4 + 2}")) continue;
        }

        await Assertions.Expect(page.Locator("dd [data-figure=completed]")).ToHaveTextAsync("4");
        var shots = new Screenshots("admin-desktop");
        await shots.TakeAsync(page, "1-progress");
        await Accessible(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Report" }).ClickAsync();
        await Assertions.Expect(page.Locator("svg.plot").First).ToBeVisibleAsync();
        await shots.TakeAsync(page, "2-report");
        await Accessible(page);
        await page.SetViewportSizeAsync(BrowserHost.Phone.ViewportSize!.Width, BrowserHost.Phone.ViewportSize.Height);
        await Accessible(page);
        Assert.InRange(
            await page.EvaluateAsync<double>("() => document.querySelector('svg.plot text').getBoundingClientRect().height"),
            11,
            40);
        await shots.TakeAsync(page, "2-report-phone");
        var file = _folder["report.html"];
        File.WriteAllText(file, StudyReports.ToHtml(await StudyReports.BuildAsync(_studies.Database, "browser")));
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        await shots.TakeAsync(page, "3-file");
        await Accessible(page);
    }

    private Task<CreatedStudy> CreateAsync(StudyKind kind) => StudyMaker.CreateAsync(_studies.Database, new StudyRequest
    {
        Name = "browser",
        Systems = RealClips.Write(_folder["clips"], 2),
        Crop = new AspectRatio(1, 1),
        Plan = new StudyPlan { Kind = kind, RatersPerClip = 5, ClipsPerRater = 2, AttentionChecks = 1, Duplicates = 1 },
    });

    private StudyRow Study()
    {
        using var context = _studies.Database.Read();
        return context.Studies.Single();
    }

    private async Task<IPage> OpenAsync(IBrowserContext context, string path)
    {
        var page = await context.NewPageAsync();
        // Nothing may leave for another host, and nothing may be refused by our own policy.
        page.Request += (_, request) =>
            Assert.True(
                request.Url.StartsWith(_server.Address.AbsoluteUri, StringComparison.Ordinal)
                    || request.Url.StartsWith("blob:", StringComparison.Ordinal)
                    || request.Url.StartsWith("data:", StringComparison.Ordinal)
                    || request.Url.StartsWith("file:", StringComparison.Ordinal),
                request.Url);
        page.Console += (_, message) =>
            Assert.False(message.Text.Contains("Content Security Policy", StringComparison.Ordinal), message.Text);
        await page.GotoAsync(new Uri(_server.Address, path).AbsoluteUri);
        return page;
    }

    /// <summary>The first of the choices: what a disabled group holds is what counts as disabled.</summary>
    private static ILocator Questions(IPage page) => page.Locator("#questions input").First;

    private static async Task PlayAsync(IPage page, int clip)
    {
        var section = page.Locator("section.clip").Nth(clip);
        await section.Locator("button.play").ClickAsync();
        await Assertions.Expect(section.Locator("button.play")).ToContainTextAsync("Replay");
        // Decoded sound, heard at full volume.
        var sound = await section.Locator("video").EvaluateAsync<int>(
            "video => !video.muted && video.volume === 1 ? video.webkitAudioDecodedByteCount : 0");
        Assert.True(sound > 0, "no sound was played");
    }

    private async Task PassSoundCheckAsync(IPage page, StudyRow study, int error = 0)
    {
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Can you hear well?");
        using var context = _studies.Database.Read();
        var rater = context.Raters.Single();
        var beeps = (SoundCheck.BeepCount(study, rater) - SoundCheck.FewestBeeps + error)
            % (SoundCheck.MostBeeps - SoundCheck.FewestBeeps + 1);
        await page.Locator("input[name=beeps]").Nth(beeps).CheckAsync();
        for (var trial = 0; trial < SoundCheck.Trials; trial++)
            await page.Locator($"input[name=tone{trial}]").Nth(SoundCheck.SoftestTone(study, rater, trial) - 1).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        // Whatever is looked at next, in this tab or another, is to be what the answers led to.
        if (error == 0) await Assertions.Expect(page.Locator("h1")).Not.ToHaveTextAsync("Can you hear well?");
        await page.WaitForLoadStateAsync(LoadState.DOMContentLoaded);
    }

    private static async Task Accessible(IPage page)
    {
        var result = await page.RunAxe();
        Assert.Empty(result.Violations.Select(violation =>
            $"{violation.Impact} {violation.Id}: {violation.Help}; {string.Join(", ", violation.Nodes.Select(node => node.Html))}"));
        Assert.Equal(
            0,
            await page.EvaluateAsync<int>(
                "() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"));
    }
}
