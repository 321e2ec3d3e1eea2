using System.CommandLine;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Generating;

/// <summary>One run of a command that generates: its models, its folder and what it shows.</summary>
internal sealed class GenerationRun
{
    private readonly ClipGenerator _generator;
    private readonly ClipFolder _folder;
    private readonly ClipResults _results;
    private readonly ProgressDisplay _display;
    private readonly Terminal _terminal;

    private GenerationRun(GenerationModels models, ClipFolder folder, ClipResults results, ProgressDisplay display, Terminal terminal)
    {
        _generator = new ClipGenerator(models.Joint, models.Upscaler);
        (Model, _folder, _results, _display, _terminal) = (models.Joint.Directory.Description, folder, results, display, terminal);
    }

    /// <summary>What the model makes.</summary>
    internal ModelDescription Model { get; }

    /// <summary>Opens what the command line names, and works with it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Where to show.</param>
    /// <param name="work">Calls <see cref="Generate"/> as often as there is something to generate.</param>
    /// <param name="inputs">Files that no result may replace.</param>
    /// <param name="makesPictures">Whether there are frames to enlarge; without, no upscaler is loaded.</param>
    /// <exception cref="MmDiffusionException">The work could not be done; clips that were finished are shown all the same.</exception>
    internal static void Start(ParseResult parsed, Terminal terminal, Action<GenerationRun> work, IReadOnlyList<string>? inputs = null, bool makesPictures = true)
    {
        TorchRuntime.PreferLessMemory();
        using var folder = GenerationArguments.OpenFolder(parsed, inputs ?? []);
        var upscaler = makesPictures ? parsed.GetValue(GenerationArguments.Upscaler) : GenerationModels.NoUpscaler;
        using var models = GenerationModels.Load(parsed.GetValue(GenerationArguments.Model), upscaler, CommonOptions.ModelOptions(parsed));
        UntrainedNotice.Write(terminal, models.Joint, models.Upscaler);
        ClipResults.Collect(terminal, parsed.GetValue(CommonOptions.Json), folder, results =>
            ProgressDisplay.Run(terminal, display => work(new GenerationRun(models, folder, results, display, terminal))));
    }

    /// <summary>Generates clips and writes them.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="name">Of the files, before the seed.</param>
    internal void Generate(GenerationOptions options, string name)
    {
        var progress = new StageProgress(_display, options.Given is { } given ? Path.GetFileName(given.Path) : null);
        _generator.Generate(options, clip => _results.Add(_folder.Write(clip, $"{name}-{clip.Manifest.Seed}", _terminal.Stop)), Observe, _terminal.Stop);

        void Observe(GenerationProgress now)
        {
            progress.Report(now);
            if (now.Preview is { } clips) _folder.WritePreview(clips);
        }
    }
}
