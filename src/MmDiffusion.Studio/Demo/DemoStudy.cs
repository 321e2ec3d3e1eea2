using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Demo;

/// <summary>Makes a study of a model's clips against synthetic scenes.</summary>
public static class DemoStudy
{
    /// <summary>Makes it, under the first of the names demo, demo-2, demo-3, … that is free.</summary>
    /// <param name="database">Where it is stored.</param>
    /// <param name="model">What is studied.</param>
    /// <param name="request">What is asked, and of how many clips.</param>
    /// <param name="observer">Told how many of the model's clips are finished.</param>
    /// <param name="cancellation">Stops and leaves nothing behind.</param>
    /// <exception cref="MmDiffusionException">The clips cannot be made.</exception>
    public static async Task<CreatedStudy> CreateAsync(StudyDatabase database, JointModel model, DemoRequest request, Action<int>? observer = null, CancellationToken cancellation = default)
    {
        var taken = (await StudyReports.ListAsync(database, cancellation)).Select(study => study.Name).ToHashSet();
        var folder = TemporaryFiles.NewFolder();
        try
        {
            return await StudyMaker.CreateAsync(
                database,
                new StudyRequest
                {
                    Name = Enumerable.Range(1, int.MaxValue - 1).Select(number => number == 1 ? "demo" : FormattableString.Invariant($"demo-{number}")).First(name => !taken.Contains(name)),
                    Systems = DemoClips.Write(folder, model, request.Clips, observer, cancellation),
                    Plan = new StudyPlan { Kind = request.Kind, AttentionChecks = 1, Duplicates = request.Clips > 2 ? 1 : 0 },
                },
                cancellation: cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
