namespace MmDiffusion.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
