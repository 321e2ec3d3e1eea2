namespace MmDiffusion.Model;

/// <summary>What one residual block of the Coupled U-Net is.</summary>
/// <param name="InChannels">Channels of both inputs.</param>
/// <param name="OutChannels">Channels of both outputs.</param>
internal sealed record CoupledResidualBlockOptions(long InChannels, long OutChannels)
{
    /// <summary>Width of the timestep's embedding.</summary>
    internal required long EmbeddingChannels { get; init; }

    /// <summary>Dilation of the audio convolution.</summary>
    internal required int AudioDilation { get; init; }

    /// <summary>Change of resolution inside the block.</summary>
    internal Resample Resample { get; init; }

    /// <summary>Whether video attends to itself, within frames and then along time.</summary>
    internal bool VideoAttention { get; init; }

    /// <summary>Whether audio attends to itself.</summary>
    internal bool AudioAttention { get; init; }

    /// <summary>Heads of the self-attention.</summary>
    internal int SelfAttentionHeads { get; init; } = 4;

    /// <summary>The network's dropout.</summary>
    internal required Dropout Dropout { get; init; }
}
