namespace MmDiffusion.Studio.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
