namespace MmDiffusion.Evaluation.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
