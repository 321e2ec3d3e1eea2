using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Durability;

/// <summary>Two servers of one SQLite file, as where the second is started before the first is stopped.</summary>
[Trait("group", "unit")]
public sealed class TwoServersTests
{
    [Fact]
    public async Task Every_answer_is_stored_once_and_no_clip_is_given_to_more_than_are_wanted()
    {
        using var studies = new TemporaryStudies();
        using var again = StudyDatabase.Open(studies.Address);
        var study = await TestStudy.InsertAsync(
            studies.Database,
            new StudyPlan { RatersPerClip = 3, ClipsPerRater = 4, AttentionChecks = 1, Duplicates = 1 },
            clips: 6,
            seconds: 0.02);
        await using var one = await RunningServer.StartAsync(studies.Database);
        await using var two = await RunningServer.StartAsync(again);
        var answered = await Task.WhenAll(Enumerable.Range(0, 9).Select(async number =>
        {
            using var client = (number % 2 == 0 ? one : two).NewClient();
            using var other = (number % 2 == 0 ? two : one).NewClient();
            // They change servers in the middle, as behind a proxy that shares requests out.
            var rater = await TestRater.JoinAsync(client, studies.Database, study);
            TestRater[] ways = [rater, new TestRater(other, rater.Path)];
            var count = 0;
            while (await ways[count % 2].AnswerAsync(study, _ => "3")) count++;
            return count;
        }));
        await using var context = studies.Database.Read();
        Assert.Equal(answered.Sum(), await context.Answers.CountAsync());
        Assert.Equal(9, await context.Raters.CountAsync(rater => rater.CompletionCode != null));
        var ratings = await context.Tasks.Where(task => task.Role == Role.Scored && task.AnsweredAt != null)
            .GroupBy(task => task.ItemId).Select(group => group.Count()).ToListAsync();
        Assert.All(ratings, count => Assert.InRange(count, 1, study.Plan.RatersPerClip));
        Assert.Empty(one.Log.Lines);
        Assert.Empty(two.Log.Lines);
    }
}
