using Microsoft.Extensions.Logging.Abstractions;
using MmDiffusion.Media;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Sessions;

/// <summary>Whatever plan is valid works, down to the smallest.</summary>
[Trait("group", "unit")]
public sealed class SmallPlansTests
{
    /// <summary>All plans up to three clips a rater that the study accepts.</summary>
    private static IEnumerable<StudyPlan> Plans =>
        from kind in Enum.GetValues<StudyKind>()
        from clips in Enumerable.Range(1, 3)
        from checks in Enumerable.Range(0, 3)
        from duplicates in Enumerable.Range(0, 4)
        let plan = new StudyPlan
        {
            Kind = kind,
            ClipsPerRater = clips,
            AttentionChecks = checks,
            Duplicates = duplicates,
            RatersPerClip = 1 + (checks + duplicates) % 2,
        }
        where IsValid(plan)
        select plan;

    [Fact]
    public void Every_valid_plan_has_an_order_of_all_that_it_asks_for()
    {
        Assert.Equal(3 * 3 * (2 + 2 + 3), Plans.Count());
        foreach (var plan in Plans)
        {
            for (var seed = 0L; seed < 100; seed++)
            {
                var order = SessionOrder.Of(plan, seed);
                Assert.Equal(
                    (plan.ClipsPerRater, plan.AttentionChecks, plan.Duplicates),
                    (order.Count(role => role == Role.Scored),
                        order.Count(role => role == Role.Attention),
                        order.Count(role => role == Role.Duplicate)));
                Assert.Equal(Role.Scored, order[0]);
                // There is something to repeat.
                for (var i = 1; i < order.Count; i++)
                    Assert.True(
                        order.Take(i).Count(role => role == Role.Scored) > order.Take(i).Count(role => role == Role.Duplicate)
                            || order[i] != Role.Duplicate);
            }
        }
    }

    [Fact]
    public void The_default_plan_for_one_clip_a_rater_is_valid_and_repeats_that_clip()
    {
        var plan = new StudyPlan { ClipsPerRater = 1, AttentionChecks = 0 };
        plan.Validate();
        Assert.Equal([Role.Scored, Role.Duplicate], SessionOrder.Of(plan, 1));
        Assert.ThrowsAny<MmDiffusionException>(() => (plan with { Duplicates = 2 }).Validate());
    }

    [Fact]
    public async Task Raters_of_every_small_plan_come_to_the_end_and_a_report_is_made_of_what_they_said()
    {
        using var studies = new TemporaryStudies();
        var sessions = new RaterSessions(studies.Database, new StudioOptions(), TimeProvider.System, NullLogger<RaterSessions>.Instance);
        foreach (var (number, plan) in Plans.Index())
        {
            // As few clips as the plan allows, of two systems.
            var clips = plan.Kind == StudyKind.Pairwise ? plan.ClipsPerRater : (plan.ClipsPerRater + 1) / 2;
            var study = await TestStudy.InsertAsync(
                studies.Database, plan, $"plan {number}", clips, seconds: 0.02, adminToken: $"{number}");
            for (var rater = 0; rater < plan.RatersPerClip; rater++) await RateAsync(sessions, study, plan);
            var records = await StudyRecords.LoadAsync(studies.Database, study, default);
            Assert.All(records.Raters, rater => Assert.True(rater.Completed));
            Assert.Equal(plan.RatersPerClip * (plan.ClipsPerRater + plan.AttentionChecks + plan.Duplicates), records.Answers.Count);
            var report = ReportBuilder.Build(records);
            Assert.Equal(plan.RatersPerClip * plan.ClipsPerRater, report.ResultOfAll.Ratings);
            Assert.Contains("\"study\"", StudyReports.ToJson(report), StringComparison.Ordinal);
            Assert.Contains("</html>", StudyReports.ToHtml(report), StringComparison.Ordinal);
            Assert.Equal(1 + records.Answers.Count, StudyExport.ToCsv(records).Count(character => character == '\n'));
        }
    }

    private static async Task RateAsync(RaterSessions sessions, StudyRow study, StudyPlan plan)
    {
        var token = Invitation.Redeem(study, Invitation.Issue(study))!;
        Assert.True(await sessions.JoinAsync(study.Id, token, default));
        var (_, rater) = (await sessions.FindRaterAsync(token, default))!.Value;
        Assert.True(await sessions.CheckSoundAsync(study.Id, token, attempt: 0, SoundCheck.BeepCount(study, rater), [1, 1, 1], default));
        while (await sessions.OpenAsync(token, default) is RaterView.Rating { Task: var task } view)
        {
            Assert.Equal(plan.ClipsPerRater + plan.AttentionChecks + plan.Duplicates, view.Total);
            var tickets = new List<string>();
            foreach (var media in new[] { task.FirstMedia, task.SecondMedia }.OfType<string>())
                tickets.Add((await sessions.FindMediaAsync(token, media, default))!.Value.Ticket);
            var submission = new Submission
            {
                Values = [.. Questionnaire.Of(plan.Kind).Select(_ => 1)],
                Reasons = [],
                Comment = "",
                Tickets = tickets,
                Seconds = 2,
                Plays = 1,
            };
            Assert.Equal(AnswerOutcome.Stored, await sessions.AnswerAsync(study.Id, token, task.Id, submission, default));
        }
    }

    private static bool IsValid(StudyPlan plan)
    {
        try
        {
            plan.Validate();
            return true;
        }
        catch (MmDiffusionException)
        {
            return false;
        }
    }
}
