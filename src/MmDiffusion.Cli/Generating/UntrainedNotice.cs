using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Generating;

/// <summary>One line where a model has learned nothing.</summary>
internal static class UntrainedNotice
{
    internal static void Write(Terminal terminal, JointModel model, Upscaler? upscaler)
    {
        if (!model.Directory.Description.Trained)
            terminal.WriteMessage($"the model '{model.Directory.Name}' has not been trained: its clips are noise");
        else if (upscaler is not null) Write(terminal, upscaler);
    }

    internal static void Write(Terminal terminal, Upscaler upscaler)
    {
        if (!upscaler.Directory.Description.Trained)
            terminal.WriteMessage($"the upscaler '{upscaler.Directory.Name}' has not been trained: its frames are noise");
    }
}
