using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Evaluation.Tests.Measures;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Tests.Reporting;

/// <summary>Reports on clips that there are not.</summary>
internal static class Reports
{
    private const int Clips = 24;

    internal static EvaluationReport Make(ulong seed = 1)
    {
        var protocol = EvaluationProtocol.Read("embedded") with { Resamples = 20 };
        var (real, generated) = (Set("real", 7), Set("generated", seed));
        return new EvaluationReport
        {
            Label = $"model {seed} <b>",
            MadeAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Protocol = protocol,
            Comparability = new string('c', 64),
            Shape = real.Shape,
            VideoExtractor = new ExtractorRecord("video", new string('d', 64), null),
            AudioExtractor = new ExtractorRecord("audio", new string('e', 64), "a note"),
            Real = SetRecord.Of("real", real),
            Generated = SetRecord.Of("generated", generated),
            Measures = new ClipMeasurer(protocol, null, CancellationToken.None).Measure(real, generated, Set("training", 9)),
        };
    }

    private static ClipSet Set(string name, ulong seed)
    {
        var sampler = new IndexSampler(Seeds.Derive(seed, name));
        return FeatureSetsInMemory.Of(name, Enumerable.Range(0, Clips).Select(_ => (sampler.Next(100) / 10f, (byte)sampler.Next(256))));
    }
}
