using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Hosting.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(PipelineProvider));
