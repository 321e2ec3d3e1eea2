namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>A training whose steps take some milliseconds.</summary>
internal static class TinyConfiguration
{
    internal const string Json = """
        {
          "model": {
            "kind": "joint", "sample_rate": 640,
            "coupled": {
              "frames": 4, "height": 8, "width": 8, "audio_length": 256,
              "base_channels": 32, "channel_multipliers": [1, 1], "blocks_per_level": 1,
              "video_attention_scales": [2], "cross_attention_scales": [2], "cross_attention_windows": [2],
              "cross_attention_head_channels": 32, "dropout": 0.1
            }
          },
          "batch_size": 4, "micro_batch": 1, "steps": 6, "learning_rate": 1e-3, "ema_rates": [0.9]
        }
        """;
}
