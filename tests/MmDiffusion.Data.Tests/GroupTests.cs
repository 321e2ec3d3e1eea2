namespace MmDiffusion.Data.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
