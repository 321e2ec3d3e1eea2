using MmDiffusion.Generation.Memory;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;

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
        var (directory, enlarger) = Find(model, upscaler);
        return LoadFound(directory, enlarger, options);
    }

    /// <summary>Opens the folders of both and reads what describes them, but no weights.</summary>
    /// <param name="model">As of the other method.</param>
    /// <param name="upscaler">As of the other method.</param>
    /// <returns>The folders; null for no upscaler.</returns>
    /// <exception cref="MmDiffusionException">There is no such model.</exception>
    public static (ModelDirectory Joint, ModelDirectory? Upscaler) Find(string? model, string? upscaler)
    {
        var directory = ModelDirectory.Open(model, ModelKind.Joint);
        var enlarger = upscaler == NoUpscaler ? null : upscaler ?? directory.Upscaler;
        return (directory, enlarger is null ? null : ModelDirectory.Open(enlarger, ModelKind.Upscaler));
    }

    /// <summary>
    /// Fails where a limit of memory cannot suffice for an upscaler, before any weights are read, and warns where the machine has too
    /// little.
    /// </summary>
    /// <param name="model">The folder of the joint model that makes the frames; null where they come from files.</param>
    /// <param name="upscaler">The folder of the upscaler; null for none, which needs nothing.</param>
    /// <param name="options">How frames are enlarged, and the limit.</param>
    /// <param name="models">Device and precision.</param>
    /// <returns>A sentence that warns; null where memory may suffice.</returns>
    /// <exception cref="MmDiffusionException">Not even one frame in the smallest tiles fits the limit.</exception>
    public static string? RequireMemory(ModelDirectory? model, ModelDirectory? upscaler, UpscalingOptions options, ModelOptions models) =>
        upscaler is null ? null : UpscalerMemory.Require(upscaler, model, options, models, MachineMemory.Attainable);

    /// <summary>Loads what <see cref="Find"/> gave.</summary>
    /// <param name="model">The folder of the joint model.</param>
    /// <param name="upscaler">The folder of the upscaler; null for none.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="MmDiffusionException">The weights do not fit.</exception>
    public static GenerationModels LoadFound(ModelDirectory model, ModelDirectory? upscaler, ModelOptions options)
    {
        var joint = JointModel.Load(model, options);
        try
        {
            if (upscaler is null) return new GenerationModels(joint, null);
            if (joint.IsLarge) joint.Unload(); // Its turn comes when it is known that the other can be loaded, too.
            return new GenerationModels(joint, Generation.Upscaler.Load(upscaler, options));
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
