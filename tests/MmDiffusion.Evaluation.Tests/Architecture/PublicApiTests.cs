using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Evaluation.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(ClipEvaluation));
