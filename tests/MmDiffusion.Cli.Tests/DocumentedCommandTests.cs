using System.Diagnostics;
using MmDiffusion.Cli.Tests.Processes;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Tests;

/// <summary>What the documents tell people to type works.</summary>
public sealed class DocumentedCommandTests(ReadersFiles files) : IClassFixture<ReadersFiles>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Places => [.. DocumentedCommand.All.Select(command => command.ToString()).Distinct()];

    public static TheoryData<string> Startable => Shown(IsStartable);

    public static TheoryData<string> StartableWithFiles => Shown(command => IsStartableWithFiles(command) && !IsStartable(command));

    [Fact]
    [Trait("group", "unit")]
    public void The_documents_have_commands_of_every_kind()
    {
        Assert.InRange(DocumentedCommand.All.Count, 50, 500);
        Assert.Contains(DocumentedCommand.All, command => command is { Ranks: 2, Arguments: ["train", ..] });
        var commands = DocumentedCommand.OfText(
            "a `./mmdiff info` and\n```\nmpirun -n 3 -host a,b mmdiff train --x \"a b\" \\\n  --y  # why\ntime ./mmdiff data pack d > "
            + "log\n./mmdiff train … \n```\n",
            "x.md").ToList();
        Assert.Equal(["info", "train --x a b --y", "data pack d"], commands.Select(command => string.Join(' ', command.Arguments)));
        Assert.Equal([1, 3, 1], commands.Select(command => command.Ranks));
    }

    [Theory]
    [Trait("group", "unit")]
    [MemberData(nameof(Places))]
    public void A_command_is_understood_and_its_settings_are_valid(string shown)
    {
        var command = DocumentedCommand.All.First(command => command.ToString() == shown);
        using var terminal = new TestTerminal();
        string[] arguments = command.IsMention ? [.. command.Arguments, "--help"] : command.Arguments;
        Assert.Empty(new CommandLine(terminal.Terminal).Root.Parse(arguments).Errors.Select(error => error.Message));
        if (command.ValueOf("--protocol") is { } protocol)
            EvaluationProtocol.Read(protocol.Contains('/', StringComparison.Ordinal) ? Path.Combine(Checkout.Root, protocol) : protocol);
        // Files of the reader's own have no folder of ours before them.
        if (command.ValueOf("--config") is not { } config || !config.StartsWith("configs/", StringComparison.Ordinal)) return;
        var configuration = TrainingConfiguration.Read(Path.Combine(Checkout.Root, config));
        var parts = configuration.BatchSize / configuration.MicroBatch;
        Assert.True(parts >= command.Ranks, $"{command.Ranks} ranks cannot share a batch of {parts} parts");
    }

    [Theory]
    [Trait("group", "media")]
    [MemberData(nameof(Startable))]
    public void A_command_is_right_up_to_its_first_computation(string shown) => Start(shown);

    [Theory]
    [Trait("group", "slow")]
    [MemberData(nameof(StartableWithFiles))]
    public void So_is_one_that_is_given_files(string shown) => Start(shown);

    private void Start(string shown)
    {
        var command = DocumentedCommand.All.First(command => command.ToString() == shown);
        using var terminal = new TestTerminal();
        terminal.Stop(); // which is looked at before anything is computed
        var exitCode = terminal.Run([.. files.PutInto(Smaller(command, ""))]);
        // What computes nothing has nothing to stop before.
        Assert.True(exitCode is ExitCode.Stopped || (exitCode is ExitCode.Success && command.Arguments[0] != "sample"), terminal.Error);
    }

    [Theory]
    [Trait("group", "mpi")]
    [InlineData("train", "--steps 2 --data synth:8 --held-out-clips 1 --sheet-clips 0")]
    [InlineData("sample", "--count 2 --steps 2 --upscaler none --format gif")]
    public void The_commands_for_many_machines_in_README_run(string name, string smaller)
    {
        MpiProgram.Require();
        var command = DocumentedCommand.All.Single(command =>
            command is { Ranks: > 1 } && command.Place.StartsWith("README", StringComparison.Ordinal) && command.Arguments[0] == name);
        var start = MpiProgram.StartInfo(command.Ranks, Smaller(command, smaller));
        start.WorkingDirectory = Checkout.Root;
        var (exitCode, output, error) = Run(start);
        Assert.True(exitCode == 0, error);
        Assert.Contains(_folder["out"], output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "media")]
    public void The_first_commands_of_README_run()
    {
        foreach (var command in DocumentedCommand.All.Where(command =>
            command is { Ranks: 1, Arguments: ["sample", ..] } && command.Place.StartsWith("README", StringComparison.Ordinal)))
        {
            // The imported model of the example is not there; what is told of it holds for the embedded one.
            CommandRun.Succeed([.. files.PutInto(Smaller(command, "--count 1 --steps 2 --sampler ddim --upscaler none --format gif"))]);
        }
        Assert.True(File.Exists(_folder["out/sheet.png"]));
    }

    private static TheoryData<string> Shown(Func<DocumentedCommand, bool> which) => [.. DocumentedCommand.All
        .Where(which)
        .DistinctBy(command => string.Join(' ', command.Arguments))
        .Select(command => command.ToString())];

    /// <summary>What needs no files of the reader's, and no network of full size.</summary>
    private static bool IsStartable(DocumentedCommand command) => !command.IsMention && command.Arguments switch
    {
        ["sample", ..] => command.ValueOf("--model") is null,
        ["train" or "train-upscaler", ..] =>
            command.ValueOf("--config") is "configs/smoke.json" or "configs/embedded.json" or "configs/embedded-upscaler.json",
        _ => false,
    };

    /// <summary>
    /// What needs no network of full size, no model with labels or results of an earlier command, and does not serve for ever.
    /// </summary>
    private static bool IsStartableWithFiles(DocumentedCommand command) => !command.IsMention && command.Arguments switch
    {
        ["sample" or "video-to-audio" or "audio-to-video" or "upscale", ..] => command.ValueOf("--model") != "own",
        ["data", "pack", ..] => !command.Arguments.Contains("--verify"),
        ["data", ..] or ["evaluate", "alignment" or "events" or "upscaler", ..] => true,
        ["evaluate", "loss", ..] => command.ValueOf("--model") is null,
        ["evaluate", ['-', ..], ..] => command.ValueOf("--loss") is null && command.ValueOf("--protocol") is null,
        _ => false,
    };

    /// <summary>The command with some options replaced or added, writing into a folder of the test's.</summary>
    private string[] Smaller(DocumentedCommand command, string smaller)
    {
        var words = command.Arguments.ToList();
        foreach (var option in $"{smaller} --output {_folder["out"]}".Split(
            "--",
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(option => option.Split(' ')))
        {
            if (words is ["data", "index" or "doctor", ..] or ["evaluate", not ['-', ..], ..] && option[0] == "output") continue;
            if (words.IndexOf($"--{option[0]}") is var at and >= 0) words.RemoveRange(at, 2);
            words.AddRange([$"--{option[0]}", option[1]]);
        }
        return [.. words];
    }

    private static (int ExitCode, string Output, string Error) Run(ProcessStartInfo start)
    {
        start.Environment["OMP_NUM_THREADS"] = "1";
        return BuiltProgram.Run(start);
    }
}

/// <summary>What readers of the documents have: films in folders, a table of segments, models of their own; made when asked for.</summary>
public sealed class ReadersFiles : IDisposable
{
    private static readonly string Model = Path.Combine(Checkout.Root, "models", "embedded");

    private readonly TemporaryFolder _folder = new();
    private bool _areMade;

    /// <summary>A command line with these files in the place of those that it names.</summary>
    internal IEnumerable<string> PutInto(IReadOnlyList<string> line)
    {
        for (var i = 0; i < line.Count; i++)
        {
            var (word, option) = (line[i], i == 0 ? "" : line[i - 1]);
            var isPath = !word.StartsWith('-')
                && (option is "--real" or "--generated" or "--scenes" or "--held-out" or "--training" or "--data" or "--list"
                    or "--segments" || (!option.StartsWith('-') && i >= (line[0] is "data" or "evaluate" ? 2 : 1)));
            if (word.StartsWith("configs/", StringComparison.Ordinal)) yield return Path.Combine(Checkout.Root, word);
            else if (option == "--model") yield return Model;
            else if (option == "--upscaler" && word != "none") yield return Path.Combine(Model, "upscaler");
            else if (!isPath || word.StartsWith("synth:", StringComparison.Ordinal)) yield return word;
            else foreach (var own in Own(word, option)) yield return own;
        }
    }

    private string[] Own(string word, string option)
    {
        Make();
        if (word.EndsWith("*.mp4", StringComparison.Ordinal)) return Films("a");
        if (word.EndsWith(".mp4", StringComparison.Ordinal)) return [Films("a")[0]];
        if (word.EndsWith(".txt", StringComparison.Ordinal)) return [_folder["kept.txt"]];
        return option == "--segments"
            ? [_folder["segments.csv"]]
            : [_folder[option is "--held-out" or "--scenes" or "--generated" ? "b" : "a"]];
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private void Make()
    {
        if (_areMade) return;
        _areMade = true;
        foreach (var name in new[] { "a", "b" })
        {
            // Events are found by the manifests of synthetic scenes.
            var seed = name == "a" ? "1" : "2";
            CommandRun.Succeed("data", "synth", "--count", "16", "--seed", seed, "--size", "32", "--output", _folder[name]);
        }
        File.WriteAllText(_folder["kept.txt"], string.Concat(Films("a").Select(film => Path.GetFileName(film) + "\n")));
        File.WriteAllText(
            _folder["segments.csv"],
            "# YTID, start_seconds, end_seconds, positive_labels\nabcdefghijk, 0.000, 1.600, \"/m/1\"\n");
    }

    private string[] Films(string folder) => [.. Directory.GetFiles(_folder[folder], "*.mp4").Order(StringComparer.Ordinal)];
}
