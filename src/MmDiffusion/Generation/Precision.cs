using System.Text.Json.Serialization;

namespace MmDiffusion.Generation;

/// <summary>What a network computes in; norms, embeddings and the sampler's state are float32 in any case.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Precision>))]
public enum Precision
{
    /// <summary>bfloat16 where the processor multiplies it natively, else float32.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>float32.</summary>
    [JsonStringEnumMemberName("fp32")]
    Float32,

    /// <summary>bfloat16.</summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,
}
