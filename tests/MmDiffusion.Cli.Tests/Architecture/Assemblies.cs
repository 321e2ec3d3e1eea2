namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>The assemblies that the program is made of.</summary>
internal static class Assemblies
{
    /// <summary>Those that know neither console nor HTTP.</summary>
    public static TheoryData<string> Libraries { get; } =
    [
        "MmDiffusion.Media", "MmDiffusion.Kernels", "MmDiffusion", "MmDiffusion.Hosting", "MmDiffusion.Data", "MmDiffusion.Distributed",
        "MmDiffusion.Training", "MmDiffusion.Evaluation",
    ];

    /// <summary>All of ours.</summary>
    public static TheoryData<string> All { get; } = [.. Libraries, "MmDiffusion.Studio", "mmdiff"];

    /// <summary>Where one lies beside the tests.</summary>
    internal static string PathOf(string assembly) => Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll");
}
