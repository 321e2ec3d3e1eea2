using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Training.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(Trainer));
