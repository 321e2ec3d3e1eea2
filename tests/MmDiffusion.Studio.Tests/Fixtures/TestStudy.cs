using System.Security.Cryptography;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>A study whose clips are a few bytes, to be answered by programs.</summary>
internal static class TestStudy
{
    internal const string AdminToken = "administrator-secret-1";
    internal const int ClipBytes = 2000;

    internal static StudyPlan SmallPlan { get; } = new() { RatersPerClip = 3, ClipsPerRater = 4, AttentionChecks = 1, Duplicates = 1 };

    internal static async Task<StudyRow> InsertAsync(
        StudyDatabase database,
        StudyPlan plan,
        string name = "test",
        int clips = 6,
        double seconds = 0.15,
        string adminToken = AdminToken,
        Func<byte[]>? media = null)
    {
        var study = new StudyRow
        {
            Id = RandomId.New(),
            Name = name,
            PlanJson = plan.ToJson(),
            JoinToken = RandomId.New(),
            AdminHash = RandomId.Hash(adminToken),
            Secret = RandomNumberGenerator.GetBytes(32),
            ClipSeconds = seconds,
            Width = 256,
            Height = 256,
            CreatedAt = 1_700_000_000_000,
        };
        var rows = new List<ClipRow>();
        foreach (var system in (string[])["hidden-real", "hidden-ours"])
        {
            for (var i = 0; i < clips; i++)
                rows.Add(
                    new ClipRow { Id = RandomId.New(), StudyId = study.Id, System = system, Source = $"secret-file-{system}-{i}.mp4" });
        }

        var items = StudyItems.Scored(study.Id, plan.Kind, rows).ToList();
        foreach (var (_, expected) in StudyItems.Checks(plan))
        {
            ClipRow[] check = [.. Enumerable.Range(0, 2).Select(_ =>
                new ClipRow { Id = RandomId.New(), StudyId = study.Id, System = "", Source = "attention check" })];
            rows.AddRange(check);
            items.Add(StudyItems.Make(
                study.Id, Role.Attention, "", check[0].Id, plan.Kind == StudyKind.Pairwise ? check[1].Id : null, expected));
        }

        await database.WriteAsync(study.Id, context =>
        {
            context.Studies.Add(study);
            context.Clips.AddRange(rows);
            context.Media.AddRange(rows.Select(row =>
                new MediaRow { ClipId = row.Id, Bytes = media?.Invoke() ?? RandomNumberGenerator.GetBytes(ClipBytes) }));
            context.Items.AddRange(items);
            return Task.FromResult(0);
        });
        return study;
    }
}
