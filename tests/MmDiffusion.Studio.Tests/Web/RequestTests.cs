using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Web;

/// <summary>Requests that browsers seldom send.</summary>
[Trait("group", "unit")]
public sealed class RequestTests : IAsyncLifetime
{
    private readonly TemporaryStudies _studies = new();
    private StudyRow _study = null!;
    private RunningServer _server = null!;
    private HttpClient _client = null!;
    private TestRater _rater = null!;

    public async ValueTask InitializeAsync()
    {
        _study = await TestStudy.InsertAsync(_studies.Database, TestStudy.SmallPlan);
        _server = await RunningServer.StartAsync(_studies.Database, options => options with { JoinsPerMinute = 60, GuessesPerMinute = 20 });
        _client = _server.NewClient();
        _rater = await TestRater.JoinAsync(_client, _studies.Database, _study);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _studies.Dispose();
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded; charset=utf-7")]
    [InlineData("application/x-www-form-urlencoded; charset=\"UTF-7\"")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-16")]
    [InlineData("application/x-www-form-urlencoded; charset=no-such-thing")]
    [InlineData("multipart/form-data; charset=utf-7; boundary=x")]
    [InlineData("multipart/form-data; boundary=x", "text/plain; charset=utf-7")]
    [InlineData("multipart/form-data; boundary=x", "text/plain; charset=utf-32")]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=\"\"")]
    public async Task A_form_in_another_encoding_is_refused_everywhere_without_a_failure(string type, string? part = null)
    {
        var page = await _rater.PageAsync();
        var fields = part is null
            ? "token=x&consent=on&seal=y&state=Open"
            : $"--x\r\nContent-Disposition: form-data; name=\"token\"\r\nContent-Type: {part}\r\n\r\n+AGE-\r\n--x--\r\n";
        foreach (var address in (string[])[
            $"/s/{_study.JoinToken}", TestRater.AnswerPath(page)!, $"{_rater.Path}/sound", $"{_rater.Path}/withdraw", "/admin/login",
        ])
        {
            using var body = new ByteArrayContent(Encoding.ASCII.GetBytes(fields));
            body.Headers.TryAddWithoutValidation("Content-Type", type);
            using var response = await _client.PostAsync(address, body);
            Assert.True(response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, $"{response.StatusCode} of {address}");
        }

        Assert.Empty(_server.Log.Lines);
    }

    [Fact]
    public async Task A_form_that_says_it_is_utf8_is_read()
    {
        using var body = new StringContent($"token={TestStudy.AdminToken}");
        body.Headers.Remove("Content-Type");
        body.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; charset=\"UTF-8\"");
        using var response = await _client.PostAsync("/admin/login", body);
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
    }

    [Fact]
    public async Task The_head_of_every_page_is_that_of_the_page_without_its_content()
    {
        var page = await _rater.PageAsync();
        var media = TestRater.MediaPaths(page)[0];
        foreach (var address in (string[])[
            $"/s/{_study.JoinToken}", _rater.Path, media, $"{_rater.Path}/sound/beeps", "/admin", "/health",
            Studio.Web.Assets.Path("study.css"),
        ])
        {
            using var get = await _client.GetAsync(address);
            using var request = new HttpRequestMessage(HttpMethod.Head, address);
            using var head = await _client.SendAsync(request);
            Assert.Equal((address, HttpStatusCode.OK), (address, head.StatusCode));
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
            // The proof that a clip was fetched comes with the clip.
            Assert.False(head.Headers.Contains("X-Ticket"));
        }

        using var nowhere = new HttpRequestMessage(HttpMethod.Head, "/nowhere");
        using var missing = await _client.SendAsync(nowhere);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("PUT", "/s/{join}", "GET, HEAD, POST")]
    [InlineData("DELETE", "/admin", "GET, HEAD")]
    [InlineData("POST", "/admin", "GET, HEAD")]
    [InlineData("POST", "/health", "GET, HEAD")]
    [InlineData("GET", "/admin/logout", "POST")]
    [InlineData("GET", "/admin/login", "POST")]
    [InlineData("HEAD", "/admin/state", "POST")]
    [InlineData("OPTIONS", "/admin", "GET, HEAD")]
    [InlineData("PATCH", "/r/{rater}", "GET, HEAD")]
    [InlineData("GET", "/r/{rater}/withdraw", "POST")]
    public async Task A_method_that_an_address_does_not_answer_is_told_with_those_that_it_does(
        string method,
        string address,
        string allowed)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            address.Replace("{join}", _study.JoinToken, StringComparison.Ordinal).Replace(
                "{rater}",
                _rater.Token,
                StringComparison.Ordinal));
        using var response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow.Order(StringComparer.Ordinal)));
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task After_logging_out_the_cookie_opens_nothing_on_any_server_and_other_sessions_go_on()
    {
        var (mine, other) = (await AdminTests.LogInAsync(_client), await AdminTests.LogInAsync(_client));
        Assert.Contains("Study test", await AdminTests.GetAsync(_client, mine, "/admin"), StringComparison.Ordinal);
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/logout");
            request.Headers.Add("Cookie", mine);
            using var response = await _client.SendAsync(request);
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        }

        await using var second = await RunningServer.StartAsync(_studies.Database);
        foreach (var server in (RunningServer[])[_server, second])
        {
            using var client = server.NewClient();
            Assert.DoesNotContain("Study test", await AdminTests.GetAsync(client, mine, "/admin"), StringComparison.Ordinal);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/export.csv");
            request.Headers.Add("Cookie", mine);
            using var response = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Contains("Study test", await AdminTests.GetAsync(client, other, "/admin"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("mmdiff-admin=%00.99999999999.%00.x")]
    [InlineData("mmdiff-admin=...")]
    [InlineData("mmdiff-admin=a.b.c.d.e")]
    public async Task A_cookie_of_odd_characters_opens_nothing_and_fails_nothing(string cookie)
    {
        Assert.DoesNotContain("Study test", await AdminTests.GetAsync(_client, cookie, "/admin"), StringComparison.Ordinal);
        Assert.Empty(_server.Log.Lines);
    }

    [Fact]
    public async Task Wrong_passwords_keep_neither_raters_of_the_same_address_out_nor_whoever_knows_the_right_one()
    {
        var wrong = new List<HttpStatusCode>();
        for (var i = 0; i < 70; i++)
        {
            using var response = await _client.PostAsync(
                "/admin/login",
                new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = $"wrong {i}" }));
            wrong.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, wrong);
        Assert.DoesNotContain(HttpStatusCode.SeeOther, wrong);
        await TestRater.JoinAsync(_client, _studies.Database, _study);
        Assert.True(await _rater.AnswerAsync(_study, _ => "3"));
        await AdminTests.LogInAsync(_client);
    }

    [Fact]
    public async Task A_deletion_that_is_sent_again_is_answered_as_the_first_time_and_nobody_else_s_is()
    {
        var page = await _rater.PageAsync();
        var fields = new Dictionary<string, string>
        {
            ["seal"] = TestRater.Hidden(page, "seal"),
            ["receipt"] = TestRater.Hidden(page, "receipt"),
            ["sure"] = "on",
        };
        var other = await TestRater.JoinAsync(_client, _studies.Database, _study);
        var pages = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            using var response = await _rater.PostAsync($"{_rater.Path}/withdraw", fields);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            pages.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Contains("Your answers are deleted", pages[0], StringComparison.Ordinal);
        Assert.Single(pages.Distinct());
        // The receipt opens nothing of anybody's, and its own link alone answers to it.
        using (var response = await _rater.PostAsync($"{other.Path}/withdraw", fields))
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using (var response = await _rater.PostAsync($"/r/{RandomId.New()}/withdraw", fields))
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        foreach (var receipt in (string[])[
            "", ".", "x.y", $"{_study.Id}.", $"{_study.Id}.forged", $"{RandomId.New()}.{fields["receipt"].Split('.')[1]}",
        ])
        {
            using var response = await _rater.PostAsync($"{_rater.Path}/withdraw", new(fields) { ["receipt"] = receipt });
            Assert.Equal((receipt, HttpStatusCode.NotFound), (receipt, response.StatusCode));
        }

        Assert.Contains("Clip 1 of", await other.PageAsync(), StringComparison.Ordinal);
        using var gone = await _client.GetAsync(_rater.Path);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Empty(_server.Log.Lines);
    }

    [Fact]
    public async Task Two_deletions_at_once_are_both_answered()
    {
        var page = await _rater.PageAsync();
        var fields = new Dictionary<string, string>
        {
            ["seal"] = TestRater.Hidden(page, "seal"),
            ["receipt"] = TestRater.Hidden(page, "receipt"),
            ["sure"] = "on",
        };
        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _rater.PostAsync($"{_rater.Path}/withdraw", fields)));
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
    }

    [Fact]
    public async Task A_sound_check_that_is_sent_again_is_one_attempt_and_the_next_page_s_is_another()
    {
        var rater = await TestRater.JoinOnlyAsync(_client, _study);
        var page = await rater.PageAsync();
        var right = rater.SoundAnswers(_studies.Database, _study, page);
        Assert.Equal("0", right["attempt"]);
        var wrong = new Dictionary<string, string>(right) { ["beeps"] = right["beeps"] == "2" ? "3" : "2" };
        for (var i = 0; i < 3; i++)
        {
            using var response = await rater.PostAsync($"{rater.Path}/sound", wrong);
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        }

        using (var context = _studies.Database.Read())
            Assert.Equal(1, context.Raters.Single(row => row.SoundPassedAt == null).SoundAttempts);
        var next = await rater.PageAsync();
        Assert.Contains("not the number of beeps", next, StringComparison.Ordinal);
        Assert.Equal("1", TestRater.Hidden(next, "attempt"));
        // Those that were right for sounds that nobody hears any more.
        using (var response = await rater.PostAsync($"{rater.Path}/sound", right))
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Contains("Can you hear well?", await rater.PageAsync(), StringComparison.Ordinal);
        using (var response = await rater.PostAsync($"{rater.Path}/sound", rater.SoundAnswers(_studies.Database, _study, next)))
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Contains("Clip 1 of", await rater.PageAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Open,Paused")]
    [InlineData("1")]
    [InlineData("open")]
    [InlineData(" Open")]
    [InlineData("")]
    public async Task A_state_that_is_not_one_of_the_buttons_is_refused(string state)
    {
        var cookie = await AdminTests.LogInAsync(_client);
        var seal = TestRater.Hidden(await AdminTests.GetAsync(_client, cookie, "/admin"), "seal");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/state")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["seal"] = seal, ["state"] = state }),
        };
        request.Headers.Add("Cookie", cookie);
        using var response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await using var context = _studies.Database.Read();
        Assert.Equal(StudyState.Open, context.Studies.Single().State);
    }

    [Theory]
    [InlineData("bytes=0-")]
    [InlineData("bytes=0-9,20-29")]
    [InlineData("bytes=99999999-")]
    [InlineData("bytes=-5")]
    [InlineData("lines=1-2")]
    public async Task Whoever_asks_for_a_part_of_a_clip_or_a_sound_gets_the_whole_with_its_ticket(string range)
    {
        var page = await _rater.PageAsync();
        foreach (var address in (string[])[TestRater.MediaPaths(page)[0], $"{_rater.Path}/sound/beeps"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Range", range);
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
            request.Headers.TryAddWithoutValidation("If-Modified-Since", "Mon, 30 Nov 2099 00:00:00 GMT");
            using var response = await _client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(response.Content.Headers.ContentLength, (await response.Content.ReadAsByteArrayAsync()).Length);
            Assert.True(response.Headers.CacheControl?.NoStore);
            Assert.Equal(address.Contains("/media/", StringComparison.Ordinal), response.Headers.Contains("X-Ticket"));
        }
    }

    [Fact]
    public async Task Behind_one_address_only_the_limits_of_that_address_are_shared_and_each_rater_has_their_own()
    {
        await using var server = await RunningServer.StartAsync(_studies.Database, options =>
            options with { JoinsPerMinute = 20, RequestsPerTenSeconds = 100, GuessesPerMinute = 20 });
        using var client = server.NewClient();
        // As many as a class: none of them is told to wait, though all come from one router.
        var raters = new List<TestRater>();
        for (var i = 0; i < 20; i++) raters.Add(await TestRater.JoinOnlyAsync(client, _study));
        var pages = await Task.WhenAll(
            raters.SelectMany(rater => Enumerable.Repeat(rater, 10)).Select(rater => client.GetAsync(rater.Path)));
        Assert.All(pages, page => Assert.Equal(HttpStatusCode.OK, page.StatusCode));
        // Who asks too much is told to wait alone.
        var many = await Task.WhenAll(Enumerable.Repeat(raters[0], 150).Select(rater => client.GetAsync(rater.Path)));
        Assert.Contains(many, page => page.StatusCode == HttpStatusCode.TooManyRequests);
        using var other = await client.GetAsync(raters[1].Path);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task The_log_tells_the_code_of_a_failure_of_the_database_and_not_its_message()
    {
        await _studies.Database.WriteAsync(_study.Id, context => context.Database.ExecuteSqlRawAsync(
            "CREATE TRIGGER no_answers BEFORE INSERT ON \"Answers\" BEGIN SELECT RAISE(ABORT, 'the remark of a rater'); END"));
        var page = await _rater.PageAsync();
        var fields = await _rater.FetchClipsAsync(page, _ => "3");
        await TestRater.WaitToEndAsync(_study, fields);
        using (var response = await _rater.PostAsync(TestRater.AnswerPath(page)!, fields))
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var line = Assert.Single(_server.Log.Lines, line => line.Contains("failed", StringComparison.Ordinal));
        Assert.Contains("DbUpdateException < SqliteException 19 (1811)", line, StringComparison.Ordinal);
        Assert.DoesNotContain("the remark of a rater", line, StringComparison.Ordinal);
        // And the next is served.
        await _studies.Database.WriteAsync(_study.Id, context => context.Database.ExecuteSqlRawAsync("DROP TRIGGER no_answers"));
        using (var response = await _rater.PostAsync(TestRater.AnswerPath(page)!, fields))
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
    }
}
