namespace MmDiffusion.Media.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
