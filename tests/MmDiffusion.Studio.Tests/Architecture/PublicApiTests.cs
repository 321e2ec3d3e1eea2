using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Studio.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(StudioOptions));
