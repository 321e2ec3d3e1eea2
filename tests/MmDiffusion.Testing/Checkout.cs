namespace MmDiffusion.Testing;

/// <summary>The folders around the running test.</summary>
internal static class Checkout
{
    /// <summary>The root of the source tree.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>The folder of recorded values and real media beside the checkout; null where it is absent.</summary>
    internal static string? Shared { get; } = Directory.Exists(Path.Combine(Root, "..", "shared"))
        ? Path.GetFullPath(Path.Combine(Root, "..", "shared"))
        : null;

    /// <summary>Real scenes with sound; null where they are absent.</summary>
    internal static string? Landscape { get; } =
        Shared is { } shared && File.Exists(Path.Combine(shared, "media", "landscape.mp4"))
            ? Path.Combine(shared, "media", "landscape.mp4")
            : null;

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MmDiffusion.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no MmDiffusion.slnx above '{AppContext.BaseDirectory}'");
    }
}
