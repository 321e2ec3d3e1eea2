using MmDiffusion.Kernels.Runtime;
using Spectre.Console;

namespace MmDiffusion.Cli.Info;

/// <summary>Shows a <see cref="SystemReport"/> to people.</summary>
internal static class SystemReportTable
{
    internal static void Write(IAnsiConsole console, SystemReport report)
    {
        var (versions, processor, memory) = (report.Versions, report.Processor, report.Memory);
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        Row("mmdiff", versions.Mmdiff);
        Row(".NET", versions.Dotnet);
        Row("TorchSharp", versions.TorchSharp);
        Row("libtorch", versions.LibTorch);
        Row("ffmpeg", versions.FFmpeg ?? "not found; install it, for example with 'sudo apt-get install ffmpeg'");
        Row("processor", $"{processor.Name}, {processor.Cores} cores");
        Row("vectors", $"AVX2 {YesNo(processor.Avx2)}, AVX-512 {YesNo(processor.Avx512)}, bfloat16 {YesNo(processor.Bf16)}");
        Row("backend", Backend(report.Backend));
        Row("devices", string.Join(", ", report.Devices));
        var total = memory.GroupLimit is null
            ? Gigabytes(memory.Total)
            : $"{Gigabytes(memory.Total)} allowed to this container or control group";
        Row("memory", memory.Available is { } available ? $"{total}, {Gigabytes(available)} available" : total);
        Row("precision", $"auto is {report.Precision.Auto}: {report.Precision.Reason}");
        Row("kernels", $"{report.Kernels}");
        Row("models", report.Models.Count > 0 ? string.Join('\n', report.Models) : "none");
        console.Write(grid);

        void Row(string name, string value) => grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
    }

    private static string Backend(BackendReport backend) => string.Join('\n',
    [
        $"{backend.Device}, libtorch {backend.Origin}{(backend.Folder is null ? "" : $" in {backend.Folder}")}",
        .. backend.NotUsed.Select(other => $"not {other.Key}: {other.Value}"),
    ]);

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Gigabytes(long bytes) => $"{bytes / 1e9:0.0} GB";
}
