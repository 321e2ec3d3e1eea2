namespace MmDiffusion.Distributed.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
