using System.Text.Json.Serialization;

namespace MmDiffusion.Diffusion;

/// <summary>What the network's output means.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PredictionKind>))]
public enum PredictionKind
{
    /// <summary>The noise ε in x_t.</summary>
    [JsonStringEnumMemberName("epsilon")]
    Epsilon,

    /// <summary>The clean x_0.</summary>
    [JsonStringEnumMemberName("x0")]
    X0,

    /// <summary>The velocity √ᾱ·ε − √(1−ᾱ)·x_0 (Salimans and Ho, 2022).</summary>
    [JsonStringEnumMemberName("v")]
    V,
}
