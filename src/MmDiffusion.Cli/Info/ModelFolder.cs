namespace MmDiffusion.Cli.Info;

/// <summary>The folder <c>models/</c> of the checkout, or beside the installed program.</summary>
internal static class ModelFolder
{
    /// <summary>Names of the folders in it that hold weights.</summary>
    internal static IReadOnlyList<string> List()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.GetDirectories("models") is [var models]) return Names(models);
            if (folder.GetFiles("*.slnx").Length > 0) break; // The top of the checkout: what lies above is not ours.
        }
        return [];
    }

    private static IReadOnlyList<string> Names(DirectoryInfo models) =>
        [.. models.GetDirectories().Where(model => model.GetFiles("*.safetensors").Length > 0).Select(model => model.Name).Order(StringComparer.Ordinal)];
}
