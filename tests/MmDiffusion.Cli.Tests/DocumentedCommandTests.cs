using System.Diagnostics;
using MmDiffusion.Cli.Tests.Processes;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Tests;

/// <summary>What the documents tell people to type works.</summary>
public sealed class DocumentedCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Places => [.. DocumentedCommand.All.Select(command => command.ToString()).Distinct()];

    public static TheoryData<string> Startable => [.. DocumentedCommand.All
        .Where(IsStartable)
        .DistinctBy(command => string.Join(' ', command.Arguments))
        .Select(command => command.ToString())];


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
    public void A_command_is_right_up_to_its_first_computation(string shown)
    {
        var command = DocumentedCommand.All.First(command => command.ToString() == shown);
        using var terminal = new TestTerminal();
        terminal.Stop(); // which is looked at before anything is computed
        var arguments = Smaller(command, "").Select(word =>
            word.StartsWith("configs/", StringComparison.Ordinal) ? Path.Combine(Checkout.Root, word) : word).ToArray();
        Assert.True(terminal.Run(arguments) == ExitCode.Stopped, terminal.Error);
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
            string[] arguments = [.. Smaller(command, "--count 1 --steps 2 --sampler ddim --upscaler none --format gif").Select(
                word => word == "landscape" ? Path.Combine(Checkout.Root, "models", "embedded") : word)];
            CommandRun.Succeed(arguments);
        }
        Assert.True(File.Exists(_folder["out/sheet.png"]));
    }

    /// <summary>What needs no files of the reader's, and no network of full size.</summary>
    private static bool IsStartable(DocumentedCommand command) => !command.IsMention && command.Arguments switch
    {
        ["sample", ..] => command.ValueOf("--model") is null,
        ["train" or "train-upscaler", ..] =>
            command.ValueOf("--config") is "configs/smoke.json" or "configs/embedded.json" or "configs/embedded-upscaler.json",
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
