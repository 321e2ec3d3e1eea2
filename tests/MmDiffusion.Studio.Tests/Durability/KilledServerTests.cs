using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Durability;

/// <summary>The real server is killed while a crowd answers: what it acknowledged must be there, once.</summary>
public sealed class KilledServerTests
{
    [Theory]
    [Trait("group", "slow")]
    [Trait("group", "web")]
    [InlineData(false)]
    [InlineData(true)]
    public Task Every_acknowledged_answer_survives_two_kills_once(bool postgres) => RunAsync(postgres, raters: 15, kills: 2);

    [Theory]
    [Trait("group", "slow")]
    [InlineData(false)]
    [InlineData(true)]
    public Task Every_answer_of_300_raters_survives_ten_kills_once(bool postgres) => RunAsync(postgres, raters: 300, kills: 10);

    private static async Task RunAsync(bool postgres, int raters, int kills)
    {
        using var folder = new TemporaryFolder();
        var database = postgres ? PostgresCluster.NewDatabase() : $"sqlite:{folder["studies.db"]}";
        using var studies = StudyDatabase.Open(database);
        // As many places as the crowd fills: 12 clips, 4 for each rater.
        var study = await TestStudy.InsertAsync(
            studies,
            new StudyPlan { RatersPerClip = raters / 3, ClipsPerRater = 4, AttentionChecks = 1, Duplicates = 1 },
            clips: 6,
            seconds: 0.05);
        await using var server = await ServerProcess.StartAsync(database);
        using var crowd = new Crowd(server.Address, studies, study);
        var expected = crowd.Answers(raters);
        var answering = crowd.AnswerAsync(raters, TimeSpan.FromSeconds(0.5));
        for (var kill = 1; kill <= kills; kill++)
        {
            while (crowd.Record.Acknowledged.Count < expected * kill / (kills + 1) && !answering.IsCompleted) await Task.Delay(5);
            Assert.False(answering.IsCompleted, $"the crowd was through before kill {kill}: {answering.Exception}");
            await server.KillAndRestartAsync();
        }

        await answering;
        using var context = studies.Read();
        var stored = context.Answers.ToDictionary(answer => answer.TaskId, answer => answer.Values.ToArray());
        // A rater who comes last may have rated all that is left; which clips lack a rating then is counted below.
        Assert.InRange(crowd.Record.Acknowledged.Count, expected - 12, expected);
        Assert.Equal(crowd.Record.Acknowledged.Count, stored.Count);
        Assert.All(crowd.Record.Acknowledged, answer => Assert.Equal(ValuesOf(study, answer.Value), stored[answer.Key]));
        Assert.Equal(raters, context.Raters.Count());
        Assert.Equal(raters, context.Raters.Count(rater => rater.CompletionCode != null));
        var ratings = context.Tasks.Where(task => task.Role == Role.Scored && task.AnsweredAt != null)
            .GroupBy(task => task.ItemId)
            .Select(group => group.Count())
            .ToList();
        Assert.Equal(12, ratings.Count);
        Assert.All(ratings, count => Assert.InRange(count, study.Plan.RatersPerClip - 1, study.Plan.RatersPerClip + 1));
        // Whatever is missing from what was expected is a rating that a clip lacks: every rater was asked the check and the repetition.
        Assert.Equal(ratings.Sum() + 2 * raters, stored.Count);
    }

    private static int[] ValuesOf(StudyRow study, string form)
    {
        var fields = QueryHelpers.ParseQuery(form);
        return [.. Questionnaire.Of(study.Plan.Kind).Select(question => int.Parse(fields[question.Name]!, CultureInfo.InvariantCulture))];
    }
}
