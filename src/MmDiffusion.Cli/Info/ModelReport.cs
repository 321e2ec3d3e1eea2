using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Info;

/// <summary>A model that commands take by name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Path">Its folder; null where its description cannot be read.</param>
/// <param name="Kind">What it makes; null where its description cannot be read.</param>
/// <param name="Trained">Whether it has learned anything.</param>
/// <param name="Upscaler">Whether it has an upscaler of its own.</param>
internal sealed record ModelReport(string Name, string? Path, ModelKind? Kind, bool Trained, bool Upscaler)
{
    internal static IReadOnlyList<ModelReport> All() => [.. ModelDirectory.Names().Select(Of)];

    private static ModelReport Of(string name)
    {
        try
        {
            var model = ModelDirectory.Open(name);
            return new ModelReport(name, model.Path, model.Description.Kind, model.Description.Trained, model.Upscaler is not null);
        }
        catch (MmDiffusionException)
        {
            return new ModelReport(name, null, null, false, false);
        }
    }

    /// <summary>For people.</summary>
    public override string ToString() => Kind is null
        ? $"{Name} (its description cannot be read)"
        : $"{Name} ({(Kind == ModelKind.Upscaler ? "upscaler, " : "")}{(Trained ? "trained" : "not trained")}{(Upscaler ? ", with an upscaler" : "")}) in {Path}";
}
