using System.CommandLine;
using System.CommandLine.Completions;
using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Generating;

/// <summary>Which models a command works with.</summary>
internal static class ModelArguments
{
    internal static Option<string?> Model { get; } = Named(
        new("--model", "-m") { Description = "Folder or name of the model; the embedded one by default", HelpName = "DIR|NAME" },
        () => ModelDirectory.Names());

    internal static Option<string?> Upscaler { get; } = Named(
        new("--upscaler", "-u")
        {
            Description = "Folder or name of the model that enlarges the frames, or none; the model's own by default",
            HelpName = "DIR|NAME|none",
        },
        () => [GenerationModels.NoUpscaler, .. ModelDirectory.Names()]);

    internal static IReadOnlyList<Option> All { get; } = [Model, Upscaler];

    /// <summary>The upscaler for a command that only enlarges.</summary>
    /// <exception cref="MmDiffusionException">There is none.</exception>
    internal static ModelDirectory OpenUpscaler(ParseResult parsed) =>
        ModelDirectory.OpenUpscaler(parsed.GetValue(Model), parsed.GetValue(Upscaler));

    /// <summary>One line where a model has learned nothing.</summary>
    internal static void SayUntrained(Terminal terminal, JointModel model, Upscaler? upscaler)
    {
        if (!model.Directory.Description.Trained)
            terminal.WriteMessage($"the model '{model.Directory.Name}' has not been trained: its clips are noise");
        else if (upscaler is not null) SayUntrained(terminal, upscaler);
    }

    /// <summary>One line where an upscaler has learned nothing.</summary>
    internal static void SayUntrained(Terminal terminal, Upscaler upscaler)
    {
        if (!upscaler.Directory.Description.Trained)
            terminal.WriteMessage($"the upscaler '{upscaler.Directory.Name}' has not been trained: its frames are noise");
    }

    private static Option<string?> Named(Option<string?> option, Func<IEnumerable<string>> names)
    {
        option.CompletionSources.Add(_ => names().Select(word => new CompletionItem(word)));
        return option;
    }
}
