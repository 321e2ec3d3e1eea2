namespace MmDiffusion.Generation;

/// <summary>A joint model with the upscaler that enlarges its frames.</summary>
public sealed class GenerationModels : IDisposable
{
    /// <summary>The word that stands for no upscaler.</summary>
    public const string NoUpscaler = "none";

    private GenerationModels(JointModel joint, Upscaler? upscaler)
    {
        Joint = joint;
        Upscaler = upscaler;
    }

    /// <summary>Makes video and sound.</summary>
    public JointModel Joint { get; }

    /// <summary>Enlarges the frames; null where they keep their size.</summary>
    public Upscaler? Upscaler { get; }

    /// <summary>Loads both.</summary>
    /// <param name="model">Folder or name of the joint model; null for the embedded one.</param>
    /// <param name="upscaler">Folder or name of the upscaler, <see cref="NoUpscaler"/>, or null for the model's own if it has one.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="MmDiffusionException">There is no such model, or its weights do not fit.</exception>
    public static GenerationModels Load(string? model, string? upscaler, ModelOptions options)
    {
        var directory = ModelDirectory.Open(model, ModelKind.Joint);
        var enlarger = upscaler == NoUpscaler ? null : upscaler ?? directory.Upscaler;
        var upscalerDirectory = enlarger is null ? null : ModelDirectory.Open(enlarger, ModelKind.Upscaler);
        var joint = JointModel.Load(directory, options);
        try
        {
            if (upscalerDirectory is null) return new GenerationModels(joint, null);
            if (joint.IsLarge) joint.Rest(); // Its turn comes when it is known that the other can be loaded, too.
            return new GenerationModels(joint, Generation.Upscaler.Load(upscalerDirectory, options));
        }
        catch
        {
            joint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Joint.Dispose();
        Upscaler?.Dispose();
    }
}
