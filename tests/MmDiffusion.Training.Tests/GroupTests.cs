namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
