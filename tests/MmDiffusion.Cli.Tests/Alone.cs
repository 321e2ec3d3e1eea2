namespace MmDiffusion.Cli.Tests;

/// <summary>Tests that measure what the whole process does: nothing else runs meanwhile.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;
