namespace MmDiffusion.Tests.Diffusion;

/// <summary>Tests that count the process's live tensors, which run one by one and with no others.</summary>
[CollectionDefinition(nameof(LiveTensors), DisableParallelization = true)]
public sealed class LiveTensors;
