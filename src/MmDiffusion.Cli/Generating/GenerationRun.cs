using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Collectives;
using MmDiffusion.Distributed;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Generating;

/// <summary>One run of a command that generates: its models, its folder and what it shows.</summary>
internal sealed class GenerationRun
{
    private const string SameStart = "start every rank with the same program, command line and files";

    private readonly ClipGenerator _generator;
    private readonly ClipFolder _folder;
    private readonly ClipResults _results;
    private readonly ProgressDisplay _display;
    private readonly Terminal _terminal;
    private readonly ICollective _ranks;

    private GenerationRun(
        GenerationModels models,
        ClipFolder folder,
        ClipResults results,
        ProgressDisplay display,
        Terminal terminal,
        ICollective ranks)
    {
        _generator = new ClipGenerator(models.Joint, models.Upscaler);
        (Model, _folder, _results, _display, _terminal, _ranks) = (models.Joint.Directory.Description,
            folder,
            results,
            display,
            terminal,
            ranks);
    }

    /// <summary>What the model makes.</summary>
    internal ModelDescription Model { get; }

    /// <summary>Opens what the command line names, and works with it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Where to show.</param>
    /// <param name="settings">What <see cref="Generate"/> is given, but for what is given.</param>
    /// <param name="check">Given the folder for the results, fails where they would replace what they must not.</param>
    /// <param name="work">Calls <see cref="Generate"/> as often as there is something to generate.</param>
    /// <param name="inputs">Files that no result may replace.</param>
    /// <param name="makesVideo">Whether there are frames to enlarge; without, no upscaler is loaded.</param>
    /// <exception cref="MmDiffusionException">The work could not be done; clips that were finished are shown all the same.</exception>
    internal static void Start(
        ParseResult parsed,
        Terminal terminal,
        GenerationOptions settings,
        Action<ClipFolder> check,
        Action<GenerationRun> work,
        IReadOnlyList<string>? inputs = null,
        bool makesVideo = true)
    {
        var options = ComputeArguments.Read(parsed);
        PrecisionChoice.FitMemory(options, parsed.GetValue(UpscalingArguments.Memory));
        var ranks = Ranks.Join(terminal.End);
        if (ranks.Size > 1)
        {
            ranks.Together(() => RequireOneProcessForPictures(parsed));
            RequireSameInputs(ranks, inputs ?? []);
            if (ranks.ThreadNotice() is { } threads && ranks.Rank == 0) terminal.WriteMessage(threads);
        }
        // What can be wrong with the command line is found before weights are read.
        var upscaler = makesVideo ? parsed.GetValue(ModelArguments.Upscaler) : GenerationModels.NoUpscaler;
        var found = ranks.Together(() => GenerationModels.Find(parsed.GetValue(ModelArguments.Model), upscaler));
        ranks.Together(() => UsageException.ThrowIf(() => settings.Validate(found.Joint.Description, found.Upscaler?.Description)));
        if (ranks.Together(() => GenerationModels.RequireMemory(found.Joint, found.Upscaler, settings.Upscaling, options)) is { } warning)
            terminal.WriteMessage(warning);
        using (var folder = ranks.Together(() =>
            OutputArguments.OpenFolder(parsed, [.. inputs ?? [], .. found.Joint.Files, .. found.Upscaler?.Files ?? []], terminal)))
        {
            ranks.Together(() => check(folder));
            using var models = ranks.Together(() => GenerationModels.LoadFound(found.Joint, found.Upscaler, options));
            ranks.RequireSame([("model", $"{models.Joint.Digest}"), ("upscaler", $"{models.Upscaler?.Digest}")], SameStart);
            if (ranks.Rank == 0) ModelArguments.SayUntrained(terminal, models.Joint, models.Upscaler);
            ClipResults.Collect(
                terminal,
                parsed.GetValue(CommonOptions.Json),
                parsed.GetValue(UpscalingArguments.Memory) is not null,
                folder,
                ranks,
                results =>
                {
                    using var display = ProgressDisplay.Open(terminal);
                    work(new GenerationRun(models, folder, results, display, terminal, ranks));
                });
        }
        ranks.Dispose();
    }

    /// <summary>Ranks that have other files would make other clips, or as many others, and wait for each other for ever.</summary>
    private static void RequireSameInputs(ICollective ranks, IReadOnlyList<string> inputs)
    {
        ranks.RequireSame([("number of inputs", $"{inputs.Count}")], SameStart);
        ranks.RequireSame(
            [.. inputs.Select((path, i) => ($"input {i + 1} ('{Path.GetFileName(path)}')", $"{Path.GetFileName(path)} {ContentOf(path)}"))],
            SameStart);
    }

    private static string ContentOf(string path)
    {
        try
        {
            if (new FileInfo(path).Length == 0) return "empty";
            using var file = File.OpenRead(path);
            return Convert.ToHexString(SHA256.HashData(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "unreadable"; // Where it is so on all ranks, its turn will tell.
        }
    }

    private static void RequireOneProcessForPictures(ParseResult parsed)
    {
        if (parsed.GetValue(OutputArguments.Sheet) || parsed.GetValue(GenerationArguments.Preview) is not null)
            throw new MmDiffusionException(
                "--sheet and --preview draw the clips of one process, but mpirun started several; leave them out");
    }

    /// <summary>Reads what may not be there on every rank.</summary>
    /// <exception cref="MmDiffusionException">It failed on one of them; all continue with the next.</exception>
    internal T Open<T>(Func<T> read) => _ranks.Together(read);

    /// <summary>
    /// The options with the generator that the first of their clips in the folder was made with; as they are where there is none.
    /// </summary>
    private GenerationOptions WithGeneratorOfFolder(GenerationOptions options, string name)
    {
        // The first rank looks, for others may see a folder that has changed since.
        var found = _ranks.Rank == 0 ? _folder.GeneratorOf(options.Names(name)) : null;
        var generator = RandomGenerators.Find(Encoding.UTF8.GetString(_ranks.AllGather(Encoding.UTF8.GetBytes(found?.Name() ?? ""))[0]));
        return options with { Generator = generator ?? options.Generator };
    }

    private void CompareThreads(GenerationOptions options, string name)
    {
        if (_folder.ThreadsOf(options.Names(name)) is { } before && before != TorchRuntime.Threads)
            _terminal.WriteMessage(
                $"clips that are there were made with OMP_NUM_THREADS={before}, those to come are with {TorchRuntime.Threads}: they may "
                + "differ in the last bits from what they would have been");
    }

    /// <summary>Checks that all ranks continue with the same files, some of which may have been found wrong on one of them.</summary>
    /// <param name="files">Those that are left.</param>
    internal void RequireSameLeft(IReadOnlyList<string> files) =>
        _ranks.RequireSame([("inputs", string.Join(' ', files.Select(Path.GetFileName)))], SameStart);

    /// <summary>Generates clips and writes them.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="name">Of the files, before the seed.</param>
    /// <param name="resume">Whether clips that are there stay.</param>
    /// <param name="isGeneratorGiven">Whether the user chose how noise is made; otherwise clips that stay decide it.</param>
    /// <exception cref="MmDiffusionException">
    /// Clips could not be made, here or on another rank: all ranks have stopped, and may begin the next.
    /// </exception>
    internal void Generate(GenerationOptions options, string name, bool resume = false, bool isGeneratorGiven = true)
    {
        _ranks.RequireSame([("settings", $"{name} {options} {resume} {isGeneratorGiven}")], SameStart);
        if (resume && !isGeneratorGiven) options = WithGeneratorOfFolder(options, name);
        if (resume && _ranks.Rank == 0) CompareThreads(options, name);
        if (_ranks.Size == 1 && !resume)
        {
            Make(options, name, new StageProgress(_display, options.Given is { } given ? Path.GetFileName(given.Path) : null).Report);
            return;
        }
        var work = _ranks.Rank == 0 ? _display.Start("clips", options.Count, "clip") : null;
        new GenerationShare(options, _ranks).ForEach(batch => Make(batch, name, _ => { }), IsThere, taken => work?.Report(taken));
        work?.Report(options.Count);

        bool IsThere(GenerationOptions batch) =>
            resume && _generator.Describe(batch).All(manifest => _folder.Has($"{name}-{manifest.Seed}", manifest));
    }

    private void Make(GenerationOptions options, string name, Action<GenerationProgress> report)
    {
        _generator.Generate(
            options,
            clip => _results.Add(_folder.Write(clip, $"{name}-{clip.Manifest.Seed}", _terminal.Stop)),
            Observe,
            _terminal.Stop);

        void Observe(GenerationProgress now)
        {
            report(now);
            if (now.Preview is { } clips) _folder.WritePreview(clips);
        }
    }
}
