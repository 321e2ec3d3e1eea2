using System.Globalization;
using System.Text.Json.Serialization;
using MmDiffusion.Generation;
using Spectre.Console;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>Shows measurements to people.</summary>
internal static class BenchmarkTable
{
    private const double Giga = 1e9;

    internal static void Write(IAnsiConsole console, IReadOnlyList<BenchmarkRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("network", "work", "precision");
        foreach (var column in (string[])["batch", "calls", "seconds", "GFLOP", "GFLOP/s", "matmul GFLOP/s", "utilisation", "peak memory"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var row in rows)
        {
            string[] cells = row.Calls == 0
                ? ["", "", Number(row.Seconds, "0.00"), "", "", "", ""]
                : [
                    $"{row.Batch}", $"{row.Calls}", Number(row.Seconds, "0.00"), Number(row.Gflop, "0.0"), Number(row.Gflops, "0"),
                    Number(row.MatmulGflops, "0"), Number(row.Utilisation, "0.00"),
                ];
            table.AddRow([
                new Text($"{row.Preset} {row.Network}"),
                new Text(row.Work),
                new Text(row.Precision),
                .. cells.Select(cell => new Text(cell)),
                new Text($"{Number(row.PeakMemoryBytes / Giga, "0.00")} GB"),
            ]);
        }
        console.Write(table);
        foreach (var row in rows)
        {
            if (row.UpdateShare is { } update)
                Tell(row, $"the optimiser and the moving average take {Number(update * 100, "0.0")}% of a training step");
            if (row.CrossAttentionShare is { } cross)
                Tell(row, $"cross-modal attention takes {Number(cross * 100, "0.0")}% of a forward pass");
        }

        void Tell(BenchmarkRow row, string what) => console.Write(new Text($"{row.Preset} {row.Network}, {row.Precision}: {what}\n"));
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

/// <summary>One line of <c>mmdiff benchmark</c>.</summary>
internal sealed record BenchmarkRow
{
    private const double Giga = 1e9;

    /// <summary>Name of the sizes: a preset or a model.</summary>
    public required string Preset { get; init; }

    /// <summary>coupled or upscaler; clip for the stages of a clip in which no network runs.</summary>
    public required string Network { get; init; }

    /// <summary>forward, training, or a stage of a clip.</summary>
    public required string Work { get; init; }

    /// <summary>fp32 or bf16.</summary>
    public required string Precision { get; init; }

    /// <summary>Clips or frames at once.</summary>
    public required int Batch { get; init; }

    /// <summary>Network calls that the row's seconds are for.</summary>
    public required int Calls { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// What all threads computed meanwhile: less than the seconds times the cores where something else was running; null where unknown.
    /// </summary>
    [JsonPropertyName("processorSeconds")]
    public double? ProcessorSeconds { get; init; }

    /// <summary>Floating-point operations in 10⁹, by the layers' sizes.</summary>
    public double Gflop { get; init; }

    /// <summary>10⁹ operations per second.</summary>
    public double Gflops => Gflop / Seconds;

    /// <summary>10⁹ operations per second of this machine's matrix product in the same format, in the same run.</summary>
    [JsonPropertyName("matmulGflops")]
    public required double MatmulGflops { get; init; }

    /// <summary>The part of it that is reached.</summary>
    public double Utilisation => Gflops / MatmulGflops;

    /// <summary>The largest resident size of the process meanwhile.</summary>
    [JsonPropertyName("peakMemoryBytes")]
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Of a training step, whether activations were computed again in the backward pass; null of other work.</summary>
    [JsonPropertyName("activationCheckpointing")]
    public bool? ActivationCheckpointing { get; init; }

    /// <summary>Of a training step, the part that the optimiser and the moving average take; null of other work.</summary>
    [JsonPropertyName("updateShare")]
    public double? UpdateShare { get; init; }

    /// <summary>Of a forward pass, the part that cross-modal attention takes; null of networks and work without.</summary>
    [JsonPropertyName("crossAttentionShare")]
    public double? CrossAttentionShare { get; init; }

    internal static string NetworkOf(ModelKind kind) => kind == ModelKind.Joint ? "coupled" : "upscaler";

    internal static BenchmarkRow Of(string preset, ModelKind kind, BenchmarkOptions options, Measurement measured) => new()
    {
        Preset = preset,
        Network = NetworkOf(kind),
        Work = options.Work == BenchmarkWork.Training ? "training" : "forward",
        Precision = options.Type == TorchSharp.torch.ScalarType.BFloat16 ? "bf16" : "fp32",
        Batch = options.Batch,
        Calls = 1,
        Seconds = measured.Seconds,
        ProcessorSeconds = measured.ProcessorSeconds,
        Gflop = measured.Operations / Giga,
        MatmulGflops = measured.MatmulRate / Giga,
        PeakMemoryBytes = measured.PeakMemoryBytes,
        ActivationCheckpointing = options.Work == BenchmarkWork.Training ? options.ActivationCheckpointing : null,
        UpdateShare = measured.UpdateShare,
        CrossAttentionShare = measured.CrossAttentionShare,
    };

    internal static BenchmarkRow Of(string preset, string precision, ClipStage stage) => new()
    {
        Preset = preset,
        Network = stage.Name switch { "sampling" => "coupled", "upscaling" => "upscaler", _ => "clip" },
        Work = stage.Name,
        Precision = precision,
        Batch = 1,
        Calls = stage.NetworkCalls,
        Seconds = stage.Seconds,
        Gflop = stage.Operations / Giga,
        MatmulGflops = stage.MatmulRate / Giga,
        PeakMemoryBytes = stage.PeakMemoryBytes,
    };
}
