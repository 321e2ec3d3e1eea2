namespace MmDiffusion.Cli.Tests;

[Trait("group", "unit")]
public sealed class GroupTests : TestGroups;
