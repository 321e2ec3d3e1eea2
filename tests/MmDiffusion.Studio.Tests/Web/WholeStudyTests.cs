using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Web;

[Trait("group", "unit")]
public sealed class WholeStudyTests
{
    [Theory]
    [InlineData(StudyKind.Mos)]
    [InlineData(StudyKind.Turing)]
    [InlineData(StudyKind.Pairwise)]
    public async Task Every_clip_comes_to_its_number_of_ratings_and_everybody_gets_a_code(StudyKind kind)
    {
        using var studies = new TemporaryStudies();
        var plan = TestStudy.SmallPlan with { Kind = kind };
        var study = await TestStudy.InsertAsync(studies.Database, plan, seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var items = kind == StudyKind.Pairwise ? 6 : 12;
        for (var i = 0; i < (items * 3 + 3) / 4; i++)
        {
            var rater = await TestRater.JoinAsync(client, studies.Database, study);
            while (await rater.AnswerAsync(study, _ => "1")) continue;
            Assert.Matches("<output[^>]*>[A-Z2-9]{10}</output>", await rater.PageAsync());
        }

        Assert.Contains("All places are taken", await client.GetStringAsync($"/s/{study.JoinToken}"), StringComparison.Ordinal);
        var records = await StudyRecords.LoadAsync(studies.Database, study, default);
        Assert.All(records.Answers.Where(answer => answer.Role == Role.Scored).CountBy(answer => answer.Item), count =>
            Assert.Equal(3, count.Value));
        Assert.Equal(items, records.Answers.Where(answer => answer.Role == Role.Scored).DistinctBy(answer => answer.Item).Count());
        Assert.All(
            records.Answers.Where(answer => answer.Role == Role.Scored).CountBy(answer => (answer.Rater, answer.Item)),
            count => Assert.Equal(1, count.Value));
        if (kind == StudyKind.Pairwise)
            Assert.Equal(
                2,
                records.Answers.Where(answer => answer.Role == Role.Scored).Select(answer => answer.Values[0]).Distinct().Count());
    }

    [Fact]
    public async Task A_place_that_somebody_left_is_given_to_another_and_the_first_gets_another_clip()
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(
            studies.Database,
            new StudyPlan { RatersPerClip = 1, ClipsPerRater = 12, AttentionChecks = 0, Duplicates = 0 },
            seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database, options =>
            options with { Reservation = TimeSpan.FromMilliseconds(300) });
        using var client = server.NewClient();
        var first = await TestRater.JoinAsync(client, studies.Database, study);
        var page = await first.PageAsync();
        var fields = await first.FetchClipsAsync(page, _ => "2");
        await Task.Delay(400);
        var second = await TestRater.JoinAsync(client, studies.Database, study);
        while (await second.AnswerAsync(study, _ => "4")) continue;
        using (var late = await first.PostAsync(TestRater.AnswerPath(page)!, fields)) Assert.Equal(409, (int)late.StatusCode);
        Assert.Contains("Thank you", await first.PageAsync(), StringComparison.Ordinal);
        var records = await StudyRecords.LoadAsync(studies.Database, study, default);
        Assert.Equal(12, records.Answers.Count);
        Assert.Equal(12, records.Answers.DistinctBy(answer => answer.Item).Count());
    }

    [Fact]
    public async Task Leaving_and_returning_by_the_link_shows_the_same_clip()
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var rater = await TestRater.JoinAsync(client, studies.Database, study);
        Assert.True(await rater.AnswerAsync(study, _ => "3"));
        var page = await rater.PageAsync();
        using var another = server.NewClient();
        Assert.Equal(page, await new TestRater(another, rater.Path).PageAsync());
        Assert.Contains("Clip 2 of 6", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdrawing_deletes_everything_of_the_rater()
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var rater = await TestRater.JoinAsync(client, studies.Database, study);
        const string remark = "what only this rater would write";
        var page = await rater.PageAsync();
        var fields = await rater.FetchClipsAsync(page, _ => "3");
        fields["comment"] = remark;
        await TestRater.WaitToEndAsync(study, fields);
        (await rater.PostAsync(TestRater.AnswerPath(page)!, fields)).Dispose();
        Assert.True(studies.FilesHold(remark));
        var seal = TestRater.Hidden(await rater.PageAsync(), "seal");
        using (var gone = await rater.PostAsync($"{rater.Path}/withdraw", new() { ["seal"] = seal, ["sure"] = "on" }))
            Assert.True(gone.IsSuccessStatusCode);
        using var context = studies.Database.Read();
        Assert.Equal((0, 0, 0), (context.Raters.Count(), context.Tasks.Count(), context.Answers.Count()));
        using var nothing = await client.GetAsync(rater.Path);
        Assert.Equal(404, (int)nothing.StatusCode);
        Assert.False(studies.FilesHold(remark));
    }

    [Fact]
    public async Task The_log_of_a_whole_session_names_no_one()
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, seconds: 0.02);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var rater = await TestRater.JoinAsync(client, studies.Database, study);
        while (await rater.AnswerAsync(study, _ => "3")) continue;
        (await client.GetAsync($"{rater.Path}/media/..%2f..%2fsecret")).Dispose();
        Assert.DoesNotContain(server.Log.Lines, line =>
            line.Contains(rater.Token, StringComparison.Ordinal) || line.Contains("127.0.0.1", StringComparison.Ordinal));
    }
}
