namespace MmDiffusion.Kernels.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
