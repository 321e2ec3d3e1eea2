using System.CommandLine;
using System.CommandLine.Completions;
using MmDiffusion.Cli.Generating;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Generation;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary><c>mmdiff benchmark</c>: how fast the networks are here, and how near to what the machine can do.</summary>
internal sealed class BenchmarkCommand : ProgramCommand
{
    private const string ClipWork = "clip";

    private readonly Option<string[]> _presets = new("--preset", "-p")
    {
        Description = $"Sizes to measure: {string.Join(", ", ModelPresets.Names)}, or a model's folder or name; several may be given",
        HelpName = "NAME",
        DefaultValueFactory = _ => [ModelPresets.Names[0]],
    };

    private readonly Option<string> _work = CommonOptions.OneOf(
        "--work", "What to time: one forward pass, one training step, or a whole clip by stages", "forward", "training", ClipWork);
    private readonly Option<int> _rounds = CommonOptions.AtLeast(
        "--rounds", "Rounds to time each in, of a second or one run if that is longer; the best run counts", 1,
        BenchmarkOptions.DefaultRounds, "N");
    private readonly Option<bool> _keep = new("--keep-activations")
    {
        Description = "In training steps, keep activations rather than compute them again in the backward pass: more memory, less time",
    };

    internal BenchmarkCommand(Terminal terminal) : base(
        "benchmark",
        "Time the networks, in both precisions unless one is given, and compare with this machine's "
        + "own matrix product; weights do not matter.",
        terminal)
    {
        _presets.CompletionSources.Add(
            _ => [.. ModelPresets.Names.Concat(ModelDirectory.Names()).Select(name => new CompletionItem(name))]);
        Add(
        [
            _presets, _work, SamplingArguments.Batch, _rounds, _keep, SamplingArguments.Profile, .. ComputeArguments.All,
            CommonOptions.Json,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff benchmark", "the paper's networks, two minutes on two cores"),
        new("mmdiff benchmark --preset embedded --work clip", "where the time of a clip goes"),
        new("mmdiff benchmark --preset landscape --work training --precision bf16 --json", "a training step, for programs"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var device = ComputeArguments.DeviceOf(parsed);
        // The leaner first: libtorch keeps scratch memory of the largest size so far.
        IReadOnlyList<ScalarType> types = parsed.GetResult(ComputeArguments.Precision) is { Implicit: false }
            ? [PrecisionChoice.For(ComputeArguments.Read(parsed).Precision, device).Type]
            : [ScalarType.BFloat16, ScalarType.Float32];
        var rows = new List<BenchmarkRow>();
        using (var display = ProgressDisplay.Open(Terminal))
        {
            foreach (var preset in parsed.GetRequiredValue(_presets).Distinct())
                foreach (var type in types)
                    rows.AddRange(
                        parsed.GetRequiredValue(_work) == ClipWork
                            ? OfClip(parsed, preset, type, device, display)
                            : OfNetworks(parsed, preset, type, device, display));
        }
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(rows));
        else BenchmarkTable.Write(Terminal.Output, rows);
    }

    private IEnumerable<BenchmarkRow> OfNetworks(ParseResult parsed, string preset, ScalarType type, Device device, ProgressDisplay display)
    {
        var options = new BenchmarkOptions
        {
            Work = parsed.GetRequiredValue(_work) == "training" ? BenchmarkWork.Training : BenchmarkWork.Forward,
            Type = type,
            Batch = parsed.GetValue(SamplingArguments.Batch),
            Rounds = parsed.GetValue(_rounds),
            ActivationCheckpointing = !parsed.GetValue(_keep),
            Device = device,
        };
        foreach (var (name, description) in BenchmarkedModels.Networks(preset))
        {
            var work = display.Start($"{name} {BenchmarkRow.NetworkOf(description.Kind)} {NameOf(type)}", options.Rounds, "round");
            yield return BenchmarkRow.Of(
                name,
                description.Kind,
                options,
                NetworkBenchmark.Run(description, options, done => work.Report(done), Terminal.Stop));
        }
    }

    private IEnumerable<BenchmarkRow> OfClip(ParseResult parsed, string preset, ScalarType type, Device device, ProgressDisplay display)
    {
        using var models = new BenchmarkedModels(preset);
        var (joint, upscaler) = GenerationModels.Find(models.Joint, null);
        UsageException.ThrowIf(() =>
            SamplingArguments.Profiled(parsed, new GenerationOptions()).Validate(joint.Description, upscaler?.Description));
        var progress = new StageProgress(display, null);
        var precision = type == ScalarType.BFloat16 ? Precision.BFloat16 : Precision.Float32;
        var stages = ClipBenchmark.Run(
            models.Joint, null, SamplingArguments.Profiled(parsed, new GenerationOptions()),
            new ModelOptions { Device = device, Precision = precision }, progress.Report, Terminal.Stop);
        return stages.Select(stage => BenchmarkRow.Of(preset, NameOf(type), stage));
    }

    private static string NameOf(ScalarType type) => type == ScalarType.BFloat16 ? "bf16" : "fp32";
}
