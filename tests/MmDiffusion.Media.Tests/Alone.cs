namespace MmDiffusion.Media.Tests;

/// <summary>Tests that change or measure the whole process: nothing else runs meanwhile.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;
