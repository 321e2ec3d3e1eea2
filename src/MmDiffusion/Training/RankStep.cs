using System.Text.Json;

namespace MmDiffusion.Training;

/// <summary>What a rank tells the others after its share of a step.</summary>
/// <param name="Seconds">How long it computed.</param>
/// <param name="Parts">Losses of its parts, in their order.</param>
internal sealed record RankStep(double Seconds, IReadOnlyList<PartLoss> Parts)
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    internal static RankStep Of(byte[] bytes) => JsonSerializer.Deserialize<RankStep>(bytes, Json)!;

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}
