using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Web;

/// <summary>What raters and strangers might try.</summary>
[Trait("group", "unit")]
public sealed class CheatingTests : IAsyncLifetime
{
    private readonly TemporaryStudies _studies = new();
    private StudyRow _study = null!;
    private RunningServer _server = null!;
    private HttpClient _client = null!;
    private TestRater _rater = null!;

    public async ValueTask InitializeAsync()
    {
        _study = await TestStudy.InsertAsync(_studies.Database, TestStudy.SmallPlan);
        _server = await RunningServer.StartAsync(_studies.Database);
        _client = _server.NewClient();
        _rater = await TestRater.JoinAsync(_client, _studies.Database, _study);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _studies.Dispose();
    }

    private int AnswersStored
    {
        get
        {
            using var context = _studies.Database.Read();
            return context.Answers.Count();
        }
    }

    [Fact]
    public async Task Rating_without_fetching_the_clip_is_refused()
    {
        var page = await _rater.PageAsync();
        var fields = new Dictionary<string, string>
        {
            ["seal"] = TestRater.Hidden(page, "seal"),
            ["video_quality"] = "5",
            ["audio_quality"] = "5",
            ["alignment"] = "5",
        };
        await RefuseAsync(page, fields, HttpStatusCode.UnprocessableEntity);
        fields["ticket0"] = "1700000000000.forged";
        await RefuseAsync(page, fields, HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Rating_before_the_clip_can_have_ended_is_refused()
    {
        var page = await _rater.PageAsync();
        var fields = await _rater.FetchClipsAsync(page, _ => "5");
        // As if the clips were longer: the test's are as short as what servers' clocks may differ by.
        await _studies.Database.WriteAsync(_study.Id, context =>
            context.Studies.ExecuteUpdateAsync(row => row.SetProperty(study => study.ClipSeconds, 20)));
        await RefuseAsync(page, fields, HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_ticket_of_an_earlier_clip_does_not_serve_for_the_next()
    {
        var page = await _rater.PageAsync();
        var fields = await _rater.FetchClipsAsync(page, _ => "4");
        await TestRater.WaitToEndAsync(_study, fields);
        (await _rater.PostAsync(TestRater.AnswerPath(page)!, fields)).Dispose();
        var next = await _rater.PageAsync();
        using var response = await _rater.PostAsync(TestRater.AnswerPath(next)!, fields);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, 1), (response.StatusCode, AnswersStored));
    }

    [Fact]
    public async Task A_replayed_request_counts_once_and_the_first_answer_stands()
    {
        var page = await _rater.PageAsync();
        var fields = await _rater.FetchClipsAsync(page, _ => "4");
        await TestRater.WaitToEndAsync(_study, fields);
        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _rater.PostAsync(TestRater.AnswerPath(page)!, fields)));
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode));
        foreach (var name in (string[])["video_quality", "audio_quality", "alignment"]) fields[name] = "1";
        using (var changed = await _rater.PostAsync(TestRater.AnswerPath(page)!, fields))
            Assert.Equal(HttpStatusCode.SeeOther, changed.StatusCode);
        using var context = _studies.Database.Read();
        Assert.Equal([4, 4, 4], context.Answers.Single().Values);
        Assert.Equal(2, context.Tasks.Count());
    }

    [Fact]
    public async Task A_consent_sent_twice_makes_one_rater()
    {
        var consent = await _client.GetStringAsync($"/s/{_study.JoinToken}");
        Dictionary<string, string> fields = new() { ["invitation"] = TestRater.Hidden(consent, "invitation"), ["consent"] = "on" };
        var responses = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _rater.PostAsync($"/s/{_study.JoinToken}", fields)));
        Assert.Single(responses.Select(response => response.Headers.Location!.ToString()).Distinct());
        using var context = _studies.Database.Read();
        Assert.Equal(2, context.Raters.Count());
        fields["invitation"] = $"{RandomId.New()}.forged";
        using var forged = await _rater.PostAsync($"/s/{_study.JoinToken}", fields);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }

    [Fact]
    public async Task Another_raters_task_seal_and_clips_are_of_no_use()
    {
        var other = await TestRater.JoinAsync(_client, _studies.Database, _study);
        var (mine, theirs) = (await _rater.PageAsync(), await other.PageAsync());
        var fields = await _rater.FetchClipsAsync(mine, _ => "5");
        await TestRater.WaitToEndAsync(_study, fields);
        // Their task through my link, and my seal on their link.
        var task = TestRater.AnswerPath(theirs)!.Split('/')[^1];
        using (var response = await _rater.PostAsync($"{_rater.Path}/answers/{task}", fields))
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        using (var response = await _rater.PostAsync(TestRater.AnswerPath(theirs)!, fields))
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var clip = TestRater.MediaPaths(theirs)[0].Split('/')[^1];
        using (var response = await _client.GetAsync($"{_rater.Path}/media/{clip}"))
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(0, AnswersStored);
    }

    [Fact]
    public async Task Guessing_links_and_tokens_is_slowed_down()
    {
        await using var server = await RunningServer.StartAsync(_studies.Database, options => options with { GuessesPerMinute = 5 });
        using var client = server.NewClient();
        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 8; i++)
        {
            using var response = await client.GetAsync($"/r/{RandomId.New()}");
            codes.Add(response.StatusCode);
        }

        Assert.Equal(5, codes.Count(code => code == HttpStatusCode.NotFound));
        Assert.Equal(3, codes.Count(code => code == HttpStatusCode.TooManyRequests));
        using var token = await client.PostAsync(
            "/admin/login",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = "guess" }));
        Assert.Equal(HttpStatusCode.TooManyRequests, token.StatusCode);
        // Who has a link is not kept out.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(_rater.Path)).StatusCode);
    }

    [Fact]
    public async Task Joining_and_asking_are_limited()
    {
        await using var server = await RunningServer.StartAsync(_studies.Database, options =>
            options with { JoinsPerMinute = 2, RequestsPerTenSeconds = 3 });
        using var client = server.NewClient();
        for (var i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync(_rater.Path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using (var response = await client.GetAsync(_rater.Path)) Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        for (var i = 0; i < 2; i++) await TestRater.JoinOnlyAsync(client, _study);
        var consent = await client.GetStringAsync($"/s/{_study.JoinToken}");
        using var third = await client.PostAsync(
            $"/s/{_study.JoinToken}",
            new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["invitation"] = TestRater.Hidden(consent, "invitation"),
                ["consent"] = "on",
            }));
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
    }

    [Theory]
    [InlineData("/media/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/media/..%5c..%5cstudies.db")]
    [InlineData("/media/%2e%2e%2fstudies.db")]
    [InlineData("/media/studies.db")]
    [InlineData("/media/' OR 1=1 --")]
    [InlineData("/media/%00")]
    [InlineData("/../assets/x/..%2fstudy.css")]
    [InlineData("/sound/..%2fbeeps")]
    public async Task Paths_in_names_of_clips_lead_nowhere(string path)
    {
        using var response = await _client.GetAsync(new Uri(
            $"{_server.Address.AbsoluteUri.TrimEnd('/')}{_rater.Path}{path}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{response.StatusCode}");
        Assert.DoesNotContain("SQLite", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Oversized_and_malformed_bodies_are_refused_and_the_server_goes_on()
    {
        var page = await _rater.PageAsync();
        var address = TestRater.AnswerPath(page)!;
        await SendAsync(new ByteArrayContent(new byte[1 << 20]), "application/x-www-form-urlencoded", HttpStatusCode.RequestEntityTooLarge);
        await SendAsync(
            new StringContent(string.Join('&', Enumerable.Range(0, 5000).Select(i => $"a{i}"))),
            "application/x-www-form-urlencoded",
            HttpStatusCode.RequestEntityTooLarge);
        await SendAsync(
            new StringContent(string.Join('&', Enumerable.Range(0, 2000).Select(i => $"a{i}"))),
            "application/x-www-form-urlencoded",
            HttpStatusCode.BadRequest);
        await SendAsync(new StringContent("{\"video_quality\": 5}"), "application/json", HttpStatusCode.BadRequest);
        await SendAsync(new StringContent("--x\r\nbroken"), "multipart/form-data; boundary=x", HttpStatusCode.BadRequest);
        await SendAsync(new StringContent("video_quality=%ZZ&=&&&%00"), "application/x-www-form-urlencoded", HttpStatusCode.BadRequest);
        await SendAsync(new StringContent(""), "application/x-www-form-urlencoded", HttpStatusCode.BadRequest);
        Assert.Equal(page, await _rater.PageAsync());
        Assert.Equal(0, AnswersStored);

        async Task SendAsync(HttpContent body, string type, HttpStatusCode expected)
        {
            body.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);
            HttpStatusCode? code = null;
            try
            {
                using var response = await _client.PostAsync(address, body);
                code = response.StatusCode;
            }
            catch (HttpRequestException)
            {
                // The server hung up on a body that it had refused already.
            }

            Assert.True(code == expected || (code is null && expected == HttpStatusCode.RequestEntityTooLarge), $"{code} of {type}");
        }
    }

    [Theory]
    [InlineData("video_quality", "6")]
    [InlineData("video_quality", "0")]
    [InlineData("video_quality", "-1")]
    [InlineData("video_quality", "4.5")]
    [InlineData("alignment", "99999999999999")]
    [InlineData("alignment", "")]
    [InlineData("comment", null)]
    public async Task Values_that_are_no_choice_are_refused(string field, string? value)
    {
        var page = await _rater.PageAsync();
        var fields = await _rater.FetchClipsAsync(page, _ => "5");
        fields[field] = value ?? new string('x', 501);
        await TestRater.WaitToEndAsync(_study, fields);
        await RefuseAsync(page, fields, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_script_in_a_remark_stays_text_wherever_it_is_shown()
    {
        const string script = "=<script>alert(1)</script>\"'\u0007,";
        var page = await _rater.PageAsync();
        var fields = await _rater.FetchClipsAsync(page, _ => "5");
        (fields["comment"], fields["plays"], fields["seconds"]) = (script, "-5", "NaN");
        await TestRater.WaitToEndAsync(_study, fields);
        using (var response = await _rater.PostAsync(TestRater.AnswerPath(page)!, fields))
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        var cookie = await AdminTests.LogInAsync(_client);
        foreach (var address in (string[])["/admin", "/admin/report"])
            Assert.DoesNotContain("<script>alert", await AdminTests.GetAsync(_client, cookie, address), StringComparison.Ordinal);
        var csv = await AdminTests.GetAsync(_client, cookie, "/admin/export.csv");
        Assert.Contains("\"'=<script>alert(1)</script>\"\"' ,\"", csv, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    public async Task What_another_site_has_a_browser_send_is_refused(string header, string value)
    {
        var page = await _rater.PageAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_rater.Path}/withdraw");
        request.Headers.Add(header, value);
        request.Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["seal"] = TestRater.Hidden(page, "seal"),
            ["sure"] = "on",
        });
        using var response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        using var forged = await _rater.PostAsync($"{_rater.Path}/withdraw", new() { ["seal"] = "forged", ["sure"] = "on" });
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Equal(page, await _rater.PageAsync());
    }

    [Fact]
    public async Task Nothing_that_reaches_the_browser_tells_whose_a_clip_is()
    {
        var (texts, sizes, headers) = (new StringBuilder(), new HashSet<long>(), new HashSet<string>());
        do
        {
            var page = await _rater.PageAsync();
            texts.Append(page);
            foreach (var path in TestRater.MediaPaths(page))
            {
                using var response = await _client.GetAsync(path);
                sizes.Add((await response.Content.ReadAsByteArrayAsync()).Length);
                headers.Add(string.Join(
                    ';',
                    response.Headers.Concat(response.Content.Headers).Select(header => header.Key).Where(name => name != "Date").Order()));
                Assert.Null(response.Content.Headers.LastModified);
                Assert.Null(response.Headers.ETag);
            }
        }
        while (await _rater.AnswerAsync(_study, _ => "3"));
        Assert.DoesNotContain("hidden-", texts.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-file", texts.ToString(), StringComparison.Ordinal);
        Assert.Equal([TestStudy.ClipBytes], sizes);
        Assert.Single(headers);
        // Neither the clip's nor the item's key, by which raters could compare notes, is in the page.
        using var context = _studies.Database.Read();
        Assert.All(context.Clips.Select(clip => clip.Id).Concat(context.Items.Select(item => item.Id)).ToList(), id =>
            Assert.DoesNotContain(id, texts.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers_and_asks_nothing_of_others()
    {
        foreach (var path in (string[])["/", "/health", _rater.Path, $"/s/{_study.JoinToken}", "/admin", "/nothing"])
        {
            using var response = await _client.GetAsync(path);
            Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.False(response.Headers.Contains("Server"));
            Assert.DoesNotContain(
                "//",
                (await response.Content.ReadAsStringAsync()).Replace($"http://{_server.Address.Authority}", "", StringComparison.Ordinal),
                StringComparison.Ordinal);
        }
    }

    private async Task RefuseAsync(string page, Dictionary<string, string> fields, HttpStatusCode expected)
    {
        using var response = await _rater.PostAsync(TestRater.AnswerPath(page)!, fields);
        Assert.Equal((expected, 0), (response.StatusCode, AnswersStored));
    }
}
