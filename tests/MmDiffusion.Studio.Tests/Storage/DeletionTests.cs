using System.Diagnostics;
using Microsoft.Data.Sqlite;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Storage;

/// <summary>What a rater had deleted, while a backup reads the database.</summary>
[Trait("group", "unit")]
public sealed class DeletionTests
{
    private const string Remark = "what only this rater would write";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_somebody_reads_the_database_the_page_says_what_is_left_and_it_goes_when_they_end(bool byAdministrator)
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan with { RatersPerClip = 20 }, seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var rater = await TestRater.JoinAsync(client, studies.Database, study);
        await AnswerAsync(rater, study);
        if (byAdministrator) while (await rater.AnswerAsync(study, _ => "3")) continue;
        var other = await TestRater.JoinAsync(client, studies.Database, study);
        string answer;
        await using (var backup = new SqliteConnection($"Data Source={studies.Address["sqlite:".Length..]};Pooling=False"))
        {
            await backup.OpenAsync();
            await using var command = backup.CreateCommand();
            command.CommandText = "BEGIN DEFERRED; SELECT count(*) FROM \"Answers\"";
            Assert.NotEqual(0L, await command.ExecuteScalarAsync());
            var deleting = byAdministrator ? DeleteAsync(client, studies) : WithdrawAsync(rater);
            // Others are not kept waiting.
            var watch = Stopwatch.StartNew();
            Assert.True(await other.AnswerAsync(study, _ => "2"));
            answer = await deleting;
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 4);
            Assert.True(studies.FilesHold(Remark));
        }

        Assert.Contains("A copy stays in the log", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing that you told us is left", answer, StringComparison.Ordinal);
        for (var watch = Stopwatch.StartNew(); studies.FilesHold(Remark); await Task.Delay(50))
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
        using var context = studies.Database.Read();
        Assert.Equal(1, context.Raters.Count());
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task Where_nobody_reads_nothing_is_left_when_the_page_says_so()
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var rater = await TestRater.JoinAsync(client, studies.Database, study);
        await AnswerAsync(rater, study);
        Assert.True(studies.FilesHold(Remark));
        var answer = await WithdrawAsync(rater);
        // Another request may have been reading: then the page says so.
        if (answer.Contains("Nothing that you told us is left", StringComparison.Ordinal)) Assert.False(studies.FilesHold(Remark));
        else Assert.Contains("A copy stays in the log", answer, StringComparison.Ordinal);
    }

    /// <summary>The log of a server that was killed holds what was deleted before.</summary>
    [Fact]
    public async Task A_log_that_a_killed_server_left_is_emptied_at_the_next_start()
    {
        using var studies = new TemporaryStudies();
        using var folder = new TemporaryFolder();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan);
        var file = studies.Address["sqlite:".Length..];
        foreach (var ending in (string[])["", "-wal"]) File.Copy(file + ending, folder[$"killed.db{ending}"]);
        Assert.True(new FileInfo(folder["killed.db-wal"]).Length > 0);
        using var database = StudyDatabase.Open($"sqlite:{folder["killed.db"]}");
        for (var watch = Stopwatch.StartNew(); new FileInfo(folder["killed.db-wal"]) is { Exists: true, Length: > 0 }; await Task.Delay(20))
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
        using var context = database.Read();
        Assert.Equal(study.Id, context.Studies.Single().Id);
    }

    private static async Task AnswerAsync(TestRater rater, StudyRow study)
    {
        var page = await rater.PageAsync();
        var fields = await rater.FetchClipsAsync(page, _ => "3");
        fields["comment"] = Remark;
        await TestRater.WaitToEndAsync(study, fields);
        (await rater.PostAsync(TestRater.AnswerPath(page)!, fields)).Dispose();
    }

    private static async Task<string> WithdrawAsync(TestRater rater)
    {
        var seal = TestRater.Hidden(await rater.PageAsync(), "seal");
        using var response = await rater.PostAsync($"{rater.Path}/withdraw", new() { ["seal"] = seal, ["sure"] = "on" });
        Assert.True(response.IsSuccessStatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<string> DeleteAsync(HttpClient client, TemporaryStudies studies)
    {
        string code;
        using (var context = studies.Database.Read()) code = context.Raters.Single(rater => rater.CompletionCode != null).CompletionCode!;
        var cookie = await Web.AdminTests.LogInAsync(client);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/delete");
        request.Headers.Add("Cookie", cookie);
        var seal = TestRater.Hidden(await Web.AdminTests.GetAsync(client, cookie, "/admin"), "seal");
        request.Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["code"] = code, ["seal"] = seal });
        using var response = await client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
