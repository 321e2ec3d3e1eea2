using System.Text.Json.Serialization;

namespace MmDiffusion.Diffusion;

/// <summary>The variance of an ancestral step x_t → x_{t-1}.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VarianceKind>))]
public enum VarianceKind
{
    /// <summary>β_t, with the posterior variance of the second step at the first.</summary>
    [JsonStringEnumMemberName("fixed_large")]
    FixedLarge,

    /// <summary>The posterior variance β̃_t.</summary>
    [JsonStringEnumMemberName("fixed_small")]
    FixedSmall,

    /// <summary>Between the two on a log scale, by a network output v in [-1, 1] with the state's shape: frac = (v + 1) / 2.</summary>
    [JsonStringEnumMemberName("learned_range")]
    LearnedRange,
}
