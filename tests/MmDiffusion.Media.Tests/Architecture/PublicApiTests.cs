using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Media.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(Clip));
