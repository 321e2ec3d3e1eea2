using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
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
        foreach (var address in (string[])[$"/s/{_study.JoinToken}", TestRater.AnswerPath(page)!, $"{_rater.Path}/sound", $"{_rater.Path}/withdraw", "/admin/login"])
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
        foreach (var address in (string[])[$"/s/{_study.JoinToken}", _rater.Path, media, $"{_rater.Path}/sound/beeps", "/admin", "/health", Studio.Web.Assets.Path("study.css")])
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
    public async Task A_method_that_an_address_does_not_answer_is_told_with_those_that_it_does(string method, string address, string allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address.Replace("{join}", _study.JoinToken, StringComparison.Ordinal).Replace("{rater}", _rater.Token, StringComparison.Ordinal));
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
            using var response = await _client.PostAsync("/admin/login", new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = $"wrong {i}" }));
            wrong.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, wrong);
        Assert.DoesNotContain(HttpStatusCode.SeeOther, wrong);
        await TestRater.JoinAsync(_client, _studies.Database, _study);
        Assert.True(await _rater.AnswerAsync(_study, _ => "3"));
        await AdminTests.LogInAsync(_client);
    }

    [Fact]
    public async Task The_log_tells_the_code_of_a_failure_of_the_database_and_not_its_message()
    {
        await _studies.Database.WriteAsync(_study.Id, context => context.Database.ExecuteSqlRawAsync(
            "CREATE TRIGGER no_answers BEFORE INSERT ON \"Answers\" BEGIN SELECT RAISE(ABORT, 'the remark of a rater'); END"));
        var page = await _rater.PageAsync();
        var fields = await _rater.FetchClipsAsync(page, _ => "3");
        await TestRater.WaitToEndAsync(_study, fields);
        using (var response = await _rater.PostAsync(TestRater.AnswerPath(page)!, fields)) Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var line = Assert.Single(_server.Log.Lines, line => line.Contains("failed", StringComparison.Ordinal));
        Assert.Contains("DbUpdateException < SqliteException 19 (1811)", line, StringComparison.Ordinal);
        Assert.DoesNotContain("the remark of a rater", line, StringComparison.Ordinal);
        // And the next is served.
        await _studies.Database.WriteAsync(_study.Id, context => context.Database.ExecuteSqlRawAsync("DROP TRIGGER no_answers"));
        using (var response = await _rater.PostAsync(TestRater.AnswerPath(page)!, fields)) Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
    }
}
