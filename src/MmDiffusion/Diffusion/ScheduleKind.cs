using System.Text.Json.Serialization;

namespace MmDiffusion.Diffusion;

/// <summary>How the noise grows over the steps.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ScheduleKind>))]
public enum ScheduleKind
{
    /// <summary>β grows linearly from 1e-4 to 0.02, both scaled by 1000 / steps.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>ᾱ follows a squared cosine (Nichol and Dhariwal, 2021).</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,
}
