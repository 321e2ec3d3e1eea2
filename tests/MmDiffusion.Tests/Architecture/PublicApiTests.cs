using MmDiffusion.Primitives;
using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(AudioVideo));
