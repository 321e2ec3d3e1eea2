using System.Net;
using System.Text.Json;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Web;

[Trait("group", "unit")]
public sealed class AdminTests
{
    [Fact]
    public async Task Nothing_is_shown_without_the_token()
    {
        using var studies = new TemporaryStudies();
        await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        foreach (var path in (string[])["/admin/progress", "/admin/report", "/admin/report.json", "/admin/export.csv"])
        {
            foreach (var cookie in (string?[])[null, "mmdiff-admin=forged", "mmdiff-admin=a.99999999999.b"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                if (cookie is not null) request.Headers.Add("Cookie", cookie);
                using var response = await client.SendAsync(request);
                Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            }
        }

        using var post = await client.PostAsync(
            "/admin/state",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["state"] = "Closed" }));
        Assert.Equal(HttpStatusCode.Forbidden, post.StatusCode);
        Assert.DoesNotContain("Ratings", await client.GetStringAsync("/admin"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_pause_and_close_work()
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var rater = await TestRater.JoinAsync(client, studies.Database, study);
        await rater.AnswerAsync(study, _ => "3");
        var cookie = await LogInAsync(client);
        using (var progress = JsonDocument.Parse(await GetAsync(client, cookie, "/admin/progress")))
            Assert.Equal(
                (1, 36, 1),
                (progress.RootElement.GetProperty("ratings").GetInt32(),
                    progress.RootElement.GetProperty("wanted").GetInt32(),
                    progress.RootElement.GetProperty("joined").GetInt32()));

        var page = await rater.PageAsync();
        var fields = await rater.FetchClipsAsync(page, _ => "2");
        await TestRater.WaitToEndAsync(study, fields);
        await SetStateAsync("Paused");
        Assert.Contains("paused", await rater.PageAsync(), StringComparison.Ordinal);
        Assert.Contains("paused", await client.GetStringAsync($"/s/{study.JoinToken}"), StringComparison.Ordinal);
        using (var refused = await rater.PostAsync(TestRater.AnswerPath(page)!, fields))
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        await SetStateAsync("Open");
        using (var accepted = await rater.PostAsync(TestRater.AnswerPath(page)!, fields))
            Assert.Equal(HttpStatusCode.SeeOther, accepted.StatusCode);
        await SetStateAsync("Closed");
        Assert.Contains("over", await rater.PageAsync(), StringComparison.Ordinal);

        async Task SetStateAsync(string state)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/state");
            request.Headers.Add("Cookie", cookie);
            request.Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["state"] = state,
                ["seal"] = TestRater.Hidden(await GetAsync(client, cookie, "/admin"), "seal"),
            });
            using var response = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_rater_is_deleted_by_the_completion_code()
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var rater = await TestRater.JoinAsync(client, studies.Database, study);
        while (await rater.AnswerAsync(study, _ => "3")) continue;
        string code;
        using (var context = studies.Database.Read()) code = context.Raters.Single().CompletionCode!;
        var cookie = await LogInAsync(client);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/delete");
        request.Headers.Add("Cookie", cookie);
        request.Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["code"] = code.ToLowerInvariant(),
            ["seal"] = TestRater.Hidden(await GetAsync(client, cookie, "/admin"), "seal"),
        });
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var after = studies.Database.Read();
        Assert.Equal((0, 0), (after.Raters.Count(), after.Answers.Count()));
    }

    [Fact]
    public async Task The_token_of_one_study_opens_no_other()
    {
        using var studies = new TemporaryStudies();
        await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, "mine");
        await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, "theirs", adminToken: "another-token");
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var page = await GetAsync(client, await LogInAsync(client), "/admin");
        Assert.Contains("mine", page, StringComparison.Ordinal);
        Assert.DoesNotContain("theirs", page, StringComparison.Ordinal);
    }

    internal static async Task<string> LogInAsync(HttpClient client)
    {
        using var response = await client.PostAsync(
            "/admin/login",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = TestStudy.AdminToken }));
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        return cookie.Split(';')[0];
    }

    internal static async Task<string> GetAsync(HttpClient client, string cookie, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cookie", cookie);
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
