using System.Text.Json;
using MmDiffusion.Evaluation.Reporting;

namespace MmDiffusion.Evaluation.Tests;

[Trait("group", "media")]
public sealed class ClipEvaluationTests(SceneFolder scenes)
{
    private EvaluationReport Evaluate(string? training = null) =>
        new ClipEvaluation(scenes.Protocol, scenes.Cache).Run(new EvaluationFolders(scenes.Real, scenes.Generated, training));

    [Fact]
    public void A_report_holds_every_figure_with_its_interval()
    {
        var report = Evaluate(training: scenes.Draw("training", 3, 4));
        var json = JsonDocument.Parse(report.ToJson()).RootElement;
        foreach (var name in new[] { "fvd", "kvd", "fad" })
        {
            var distance = json.GetProperty(name);
            Assert.Equal(2, distance.GetProperty("interval").GetArrayLength());
            Assert.Equal(2, distance.GetProperty("at_infinity_interval").GetArrayLength());
            Assert.Equal(SceneFolder.Count, distance.GetProperty("by_size").EnumerateArray().Last().GetProperty("clips").GetInt32());
        }
        foreach (var name in new[] { "alignment", "event_match", "video_diversity", "audio_diversity" })
        {
            foreach (var set in new[] { "real", "generated" })
            {
                var (score, interval) = (json.GetProperty(name).GetProperty(set).GetProperty("score").GetDouble(), json
                    .GetProperty(name)
                    .GetProperty(set)
                    .GetProperty("interval"));
                Assert.InRange(score, interval[0].GetDouble(), interval[1].GetDouble());
            }
        }
        Assert.Equal(
            (4, SceneFolder.Count),
            (json.GetProperty("memorisation").GetProperty("training_clips").GetInt32(), json
                .GetProperty("memorisation")
                .GetProperty("held_out_clips")
                .GetInt32()));
        Assert.Equal(64, json.GetProperty("video_extractor").GetProperty("digest").GetString()!.Length);
        Assert.Equal(SceneFolder.Count, json.GetProperty("ranking").GetArrayLength());
    }

    [Fact]
    public void A_second_evaluation_takes_everything_from_the_cache_and_says_the_same()
    {
        var first = Evaluate();
        // Other paths and names, the same content.
        var moved = new EvaluationFolders(scenes.Copy(scenes.Real, "moved-real"), scenes.Copy(scenes.Generated, "moved-generated"));
        var path = Environment.GetEnvironmentVariable("PATH");
        EvaluationReport second;
        try
        {
            Environment.SetEnvironmentVariable("PATH", ""); // Nothing can be decoded.
            second = new ClipEvaluation(scenes.Protocol, scenes.Cache).Run(moved);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
        Assert.Equivalent(first.Measures.Fvd, second.Measures.Fvd, strict: true);
        Assert.Equal((first.Comparability, first.Real.Digest), (second.Comparability, second.Real.Digest));
    }

    [Fact]
    [Trait("group", "slow")]
    public void An_evaluation_that_was_stopped_continues_where_it_was()
    {
        var (cache, folders) = (new Evaluation.Features.FeatureCache(scenes["resumed"]), new EvaluationFolders(
            scenes.Real,
            scenes.Generated));
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => new ClipEvaluation(scenes.Protocol, cache).Run(folders, progress: progress =>
        {
            if (progress.Done == 4) stop.Cancel();
        }, cancellation: stop.Token));
        Assert.InRange(Directory.GetFiles(scenes["resumed"], "*", SearchOption.AllDirectories).Length, 3 * 4, 3 * 8);
        Assert.Equivalent(Evaluate().Measures.Fad, new ClipEvaluation(scenes.Protocol, cache).Run(folders).Measures.Fad, strict: true);
    }

    [Fact]
    public void Clips_that_are_the_real_ones_are_at_no_distance()
    {
        var report = new ClipEvaluation(scenes.Protocol, scenes.Cache).Run(new EvaluationFolders(scenes.Real, scenes.Real));
        Assert.InRange(report.Measures.Fvd.Value, 0, 1e-6);
        Assert.InRange(report.Measures.Fad.Value, 0, 1e-6);
        Assert.Equal(report.Measures.Alignment.Real, report.Measures.Alignment.Generated);
    }
}
