using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Data.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(IClipSource));
