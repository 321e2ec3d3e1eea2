using System.Text.Json.Serialization;

namespace MmDiffusion.Cli.Info;

/// <summary>Versions of the program and of what it runs on.</summary>
internal sealed record VersionReport(
    string Mmdiff, string Dotnet, [property: JsonPropertyName("torchsharp")] string TorchSharp, [property: JsonPropertyName("libtorch")] string LibTorch, [property: JsonPropertyName("ffmpeg")] string? FFmpeg);
