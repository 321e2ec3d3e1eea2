using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Distributed.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(Ranks));
