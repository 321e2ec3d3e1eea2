using MmDiffusion.Testing.Architecture;

namespace MmDiffusion.Kernels.Tests.Architecture;

[Trait("group", "unit")]
public sealed class PublicApiTests() : PublicApi(typeof(TensorMemory));
