using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Preparation;

/// <summary>Makes studies: chooses clips, encodes them alike and stores everything at once.</summary>
public static class StudyMaker
{
    /// <summary>Makes a study, open to raters.</summary>
    /// <param name="database">Where it is stored.</param>
    /// <param name="request">What to make.</param>
    /// <param name="observer">Told how many clips of how many are encoded.</param>
    /// <param name="cancellation">Stops and leaves nothing behind.</param>
    /// <exception cref="MmDiffusionException">Something asked for is not possible, or a clip cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async Task<CreatedStudy> CreateAsync(
        StudyDatabase database,
        StudyRequest request,
        Action<int, int>? observer = null,
        CancellationToken cancellation = default)
    {
        request.Validate();
        Ffmpeg.Require();
        TemporaryFiles.Require();
        await RequireNewNameAsync(database, request.Name, cancellation);
        var (sources, passedOver) = SourceClip.Choose(request, cancellation);
        var format = CommonFormat.Of(sources, CommonShape.Of(sources, request.Crop));
        var plan = PlanFor(request, sources.Count / request.Systems.Count);
        if (plan.AttentionChecks > 0) AttentionClip.RequireFit(format);
        var adminToken = RandomId.New();
        var study = new StudyRow
        {
            Id = RandomId.New(),
            Name = request.Name,
            PlanJson = plan.ToJson(),
            JoinToken = RandomId.New(),
            AdminHash = RandomId.Hash(adminToken),
            Secret = RandomNumberGenerator.GetBytes(32),
            ClipSeconds = format.Seconds,
            Width = format.Clip.Width,
            Height = format.Clip.Height,
            CreatedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        };
        var clips = new List<(ClipRow Row, byte[] Bytes)>();
        var read = new List<ReadingNotice>();
        foreach (var source in sources)
        {
            clips.Add(
                (NewClip(study.Id, source.System, Path.GetFileName(source.Media.Path)), await Task.Run(
                    () => StudyMedia.Encode(source, format, read.Add, cancellation),
                    cancellation)));
            observer?.Invoke(clips.Count, sources.Count);
        }

        var notices = FindEqual(clips, [.. sources.Select(source => source.Media.Path)]);
        var items = StudyItems.Scored(study.Id, plan.Kind, [.. clips.Select(clip => clip.Row)]).ToList();
        RequireDifferentPairs(items, clips);
        var scored = items.Count;
        items.AddRange(AddChecks(study, format, clips, cancellation));
        var size = StudyMedia.CommonSize(clips.Select(clip => clip.Bytes.Length));
        await database.ExplainAsync("the study is not made, because it cannot be stored in", () => database.WriteAsync(
            study.Id,
            context =>
            {
                context.Studies.Add(study);
                context.Clips.AddRange(clips.Select(clip => clip.Row));
                context.Media.AddRange(
                    clips.Select(clip => new MediaRow { ClipId = clip.Row.Id, Bytes = StudyMedia.Pad(clip.Bytes, size) }));
                context.Items.AddRange(items);
                return Task.FromResult(items.Count);
            },
            cancellation));
        var raters = (scored * plan.RatersPerClip + plan.ClipsPerRater - 1) / plan.ClipsPerRater;
        return new CreatedStudy(
            study.Name, $"/s/{study.JoinToken}", adminToken, scored, Math.Max(raters, plan.RatersPerClip), study.Width, study.Height,
            study.ClipSeconds, size)
        {
            Notices = [.. passedOver, .. OneChannel(sources), .. read.Select(notice => $"{notice}"), .. notices],
        };
    }

    /// <summary>
    /// All clips have one channel, for the number of channels would tell systems apart; whoever has more should know what raters hear.
    /// </summary>
    private static IEnumerable<string> OneChannel(IReadOnlyList<SourceClip> sources)
    {
        var several = sources.Where(source => source.Media.Channels > 1).ToList();
        if (several.Count == 0) yield break;
        var systems = several.GroupBy(source => source.System).Select(system => $"{system.Count()} of {system.Key}");
        yield return $"{several.Count} of the {sources.Count} clips {(several.Count == 1 ? "has" : "have")} several channels of sound "
            + $"({string.Join(", ", systems)}), of which raters hear the first alone, as all clips of a study are mono; "
            + "mix them to mono beforehand to let raters hear all";
    }

    /// <summary>Clips that are alike to the last byte as raters get them, whatever their files are called and hold besides.</summary>
    private static List<string> FindEqual(List<(ClipRow Row, byte[] Bytes)> clips, IReadOnlyList<string> files)
    {
        const int most = 5;
        return
        [
            .. clips.Zip(files, (clip, file) =>
                (Name: $"'{file}' of {clip.Row.System}", Digest: Convert.ToHexString(SHA256.HashData(clip.Bytes))))
                .GroupBy(clip => clip.Digest, clip => clip.Name)
                .Where(group => group.Count() > 1)
                .Select(group =>
                    $"the study shows the same in {group.Count()} clips: "
                    + $"{string.Join(", ", group.Take(most))}{(group.Count() > most ? ", …" : "")}"),
        ];
    }

    /// <exception cref="MmDiffusionException">Two clips of a pair are alike, between which nobody can choose.</exception>
    private static void RequireDifferentPairs(List<ItemRow> items, List<(ClipRow Row, byte[] Bytes)> clips)
    {
        var known = clips.ToDictionary(clip => clip.Row.Id);
        foreach (var item in items.Where(item => item.ClipB is not null))
        {
            var (a, b) = (known[item.ClipA], known[item.ClipB!]);
            if (!a.Bytes.AsSpan().SequenceEqual(b.Bytes)) continue;
            throw new MmDiffusionException(
                $"the pair of '{a.Row.Source}' of {a.Row.System} and '{b.Row.Source}' of {b.Row.System} shows the same clip twice, "
                + "between which nobody can choose; leave these clips out");
        }
    }

    private static async Task RequireNewNameAsync(StudyDatabase database, string name, CancellationToken cancellation)
    {
        if (await database.ExplainAsync("cannot read the studies in", IsTakenAsync))
            throw new MmDiffusionException($"there is a study named '{name}' already; choose another name");

        async Task<bool> IsTakenAsync()
        {
            await using var context = database.Read();
            return await context.Studies.AnyAsync(row => row.Name == name, cancellation);
        }
    }

    /// <exception cref="MmDiffusionException">A rater is to rate more than there is.</exception>
    private static StudyPlan PlanFor(StudyRequest request, int clips)
    {
        var systems = request.Systems.Count;
        var items = request.Plan.Kind == StudyKind.Pairwise ? clips * systems * (systems - 1) / 2 : clips * systems;
        if (request.ClipsPerRater > items)
            throw new MmDiffusionException(
                $"each rater is to rate {request.ClipsPerRater} clips or pairs, but the study has {items}; ask for fewer or add clips");
        var plan = request.Plan with { ClipsPerRater = request.ClipsPerRater ?? Math.Min(request.Plan.ClipsPerRater, items) };
        plan.Validate();
        return plan;
    }

    /// <summary>Draws the attention checks, adds their clips, and gives their items.</summary>
    private static List<ItemRow> AddChecks(
        StudyRow study,
        CommonFormat format,
        List<(ClipRow Row, byte[] Bytes)> clips,
        CancellationToken cancellation)
    {
        var items = new List<ItemRow>();
        foreach (var (lines, expected) in StudyItems.Checks(study.Plan))
        {
            var other = study.Plan.Kind == StudyKind.Pairwise ? Add(["NOT", "THIS"]) : null;
            items.Add(StudyItems.Make(study.Id, Role.Attention, "", Add(lines), other, expected));
        }

        return items;

        string Add(IReadOnlyList<string> lines)
        {
            var clip = NewClip(study.Id, "", "attention check");
            clips.Add((clip, StudyMedia.Encode(AttentionClip.Draw(lines, format), cancellation)));
            return clip.Id;
        }
    }

    private static ClipRow NewClip(string studyId, string system, string source) =>
        new() { Id = RandomId.New(), StudyId = studyId, System = system, Source = source };
}

/// <summary>A study that was made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="JoinPath">The path of the link to give to raters, to put after the server's address.</param>
/// <param name="AdminToken">Opens the administrator's page; it is stored nowhere, so it cannot be shown again.</param>
/// <param name="Items">How many clips (or pairs) are rated.</param>
/// <param name="RatersNeeded">How many people it takes if everybody stays to the end.</param>
/// <param name="Width">Columns of every clip.</param>
/// <param name="Height">Rows of every clip.</param>
/// <param name="ClipSeconds">Length of every clip.</param>
/// <param name="ClipBytes">Size of every clip's file.</param>
public sealed record CreatedStudy(
    string Name, string JoinPath, string AdminToken, int Items, int RatersNeeded, int Width, int Height, double ClipSeconds, int ClipBytes)
{
    /// <summary>What whoever runs the study should know of the clips, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
