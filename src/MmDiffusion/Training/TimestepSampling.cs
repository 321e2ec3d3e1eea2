using System.Text.Json.Serialization;

namespace MmDiffusion.Training;

/// <summary>How training chooses timesteps.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TimestepSampling>))]
public enum TimestepSampling
{
    /// <summary>Every timestep equally often.</summary>
    [JsonStringEnumMemberName("uniform")]
    Uniform,

    /// <summary>Timesteps as often as their loss is large (Nichol and Dhariwal, 2021).</summary>
    [JsonStringEnumMemberName("loss_aware")]
    LossAware,
}
