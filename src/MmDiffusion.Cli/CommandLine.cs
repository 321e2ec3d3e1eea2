using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MmDiffusion.Cli.Benchmarking;
using MmDiffusion.Cli.Checkpoints;
using MmDiffusion.Cli.Completion;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Evaluating;
using MmDiffusion.Cli.Generating;
using MmDiffusion.Cli.Info;
using MmDiffusion.Cli.Studies;
using MmDiffusion.Cli.Training;
using MmDiffusion.Collectives;
using MmDiffusion.Distributed;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;

namespace MmDiffusion.Cli;

/// <summary>The whole command line: its commands, and the one place where failures become a sentence and an exit code.</summary>
internal sealed class CommandLine
{
    /// <summary>What the parser names by type, in words.</summary>
    private static readonly (string Type, string Meaning)[] TypeNames =
    [
        ($"{typeof(int)}", "a whole number"),
        ($"{typeof(int?)}", "a whole number"),
        ($"{typeof(ulong)}", "a whole number of 0 or more"),
        ($"{typeof(double)}", "a number"),
        ($"{typeof(double?)}", "a number"),
    ];

    private static readonly TimeSpan TimeForAnotherRank = TimeSpan.FromSeconds(3);

    private readonly Terminal _terminal;
    private readonly ParserConfiguration _settings;
    private int _hasSpoken;

    internal CommandLine(Terminal terminal)
    {
        _terminal = terminal;
        Root = new RootCommand("Joint audio-video diffusion: makes short videos together with their sound.")
        {
            new SampleCommand(terminal),
            new VideoToAudioCommand(terminal),
            new AudioToVideoCommand(terminal),
            new UpscaleCommand(terminal),
            new BenchmarkCommand(terminal),
            new CheckpointCommand(terminal),
            new DataCommand(terminal),
            new EvaluateCommand(terminal),
            new StudyCommand(terminal),
            new TrainCommand(terminal),
            new TrainUpscalerCommand(terminal),
            new InfoCommand(terminal),
            new CompletionCommand(terminal),
        };
        Root.Options.Add(CommonOptions.Verbose);
        Root.Options.Add(CommonOptions.Libtorch);
        _settings = new ParserConfiguration { ResponseFileTokenReplacer = null }; // A file may be called @user.mp4.
        foreach (var help in Root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!);
        foreach (var version in Root.Options.OfType<VersionOption>()) version.Action = new VersionAction();
        Root.SetAction(parsed => new HelpWithExamples(new HelpAction()).Invoke(parsed));
    }

    /// <summary>Every command hangs below it.</summary>
    internal RootCommand Root { get; }

    /// <summary>Runs one command line.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    internal int Run(IReadOnlyList<string> arguments)
    {
        var parsed = Root.Parse(arguments, _settings);
        if (parsed.Action is ParseErrorAction)
        {
            _terminal.WriteMessage($"{UsageSentence(parsed)}; '{PathOf(parsed.CommandResult.Command)} --help' shows what it takes");
            return ExitCode.Usage;
        }
        try
        {
            if (parsed.GetValue(CommonOptions.Libtorch) is { } folder) TorchRuntime.UseLibtorch(folder.FullName);
            return parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // Program handles the signals.
                Output = _terminal.Output.Profile.Out.Writer,
                Error = _terminal.Error.Profile.Out.Writer,
            });
        }
#pragma warning disable CA1031 // Failures of every kind end here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Explain(exception, parsed.GetValue(CommonOptions.Verbose));
        }
    }

    /// <summary>
    /// Says on the first rank that mpirun ends the run, unless it has said why. It may be computing, and is killed about a second later.
    /// </summary>
    internal void SayThatRanksEnd()
    {
        if (SpeaksFirst() && Ranks.IsFirst)
            _terminal.WriteMessage("mpirun is ending the run, and tells which rank ended first; start again with --resume to continue");
    }

    private bool SpeaksFirst() => Interlocked.Exchange(ref _hasSpoken, 1) == 0;

    private int Explain(Exception exception, bool verbose)
    {
        var isSaid = !SpeaksFirst();
        if (isSaid && exception is RankLostException) return ExitCode.Failure;
        if (isSaid && exception is OperationCanceledException) return ExitCode.Stopped;
        if (exception is RankLostException { IsSaidElsewhere: true })
        {
            // mpirun ends every rank as soon as one has ended: the one that has something to say goes first.
            Thread.Sleep(TimeForAnotherRank);
            return ExitCode.Failure;
        }
        if (exception is OperationCanceledException)
        {
            if (Ranks.IsFirst) _terminal.WriteMessage("stopped");
            return ExitCode.Stopped;
        }
        _terminal.WriteMessage(exception switch
        {
            MmDiffusionException => exception.Message,
            _ when ProcessLimits.Explain(exception) is { } sentence => sentence,
            _ when verbose => "unexpected failure, details follow",
            _ =>
                $"unexpected failure, {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}; run again "
                    + "with --verbose for details",
        });
        if (verbose) _terminal.Error.Profile.Out.Writer.WriteLine(exception);
        return exception is UsageException ? ExitCode.Usage : ExitCode.Failure;
    }

    private static string UsageSentence(ParseResult parsed)
    {
        // One mistake often yields several messages; the first names it. It is made one sentence that continues after "mmdiff:".
        var words = parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var message = TypeNames.Aggregate(
            string.Join(' ', words).TrimEnd('.').Replace(". Must be", ", must be", StringComparison.Ordinal),
            (text, name) => text.Replace($" as expected type '{name.Type}'", $", expected {name.Meaning}", StringComparison.Ordinal));
        return char.ToLowerInvariant(message[0]) + message[1..];
    }

    internal static string PathOf(Command command) =>
        command is RootCommand ? "mmdiff" : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";
}
