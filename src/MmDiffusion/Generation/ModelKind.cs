using System.Text.Json.Serialization;

namespace MmDiffusion.Generation;

/// <summary>What a model makes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelKind>))]
public enum ModelKind
{
    /// <summary>Video and sound together: a Coupled U-Net.</summary>
    [JsonStringEnumMemberName("joint")]
    Joint,

    /// <summary>Large frames from small ones: a super-resolution U-Net.</summary>
    [JsonStringEnumMemberName("upscaler")]
    Upscaler,
}
