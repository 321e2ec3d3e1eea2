namespace MmDiffusion.Cli.Info;

/// <summary>What <c>--precision auto</c> means on this machine.</summary>
/// <param name="Auto">fp32 or bf16.</param>
/// <param name="Reason">Why.</param>
internal sealed record PrecisionReport(string Auto, string Reason);
