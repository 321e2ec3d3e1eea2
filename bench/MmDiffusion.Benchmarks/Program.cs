using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MmDiffusion.Benchmarks;
using MmDiffusion.Benchmarks.Sampling;
using MmDiffusion.Benchmarks.Sensitivity;
using MmDiffusion.Benchmarks.Study;
using MmDiffusion.Kernels.Runtime;

TorchRuntime.Configure();

if (args is ["memory"]) return FlatMemory.Run();
if (args is ["precision"]) return PrecisionTable.Run();
if (args is ["loader", ..]) return LoaderSpeed.Run(args.ElementAtOrDefault(1));
if (args is ["ranks", ..]) return RankSpeed.Run(args.ElementAtOrDefault(1));
if (args is ["gradients", ..]) return GradientError.Run(args.ElementAtOrDefault(1), args.ElementAtOrDefault(2));
if (args is ["overlap", var path, ..])
    return RankOverlap.Run(path, args.ElementAtOrDefault(2), args.ElementAtOrDefault(3), args.ElementAtOrDefault(4));
if (args is ["study", ..]) return await StudyLatency.RunAsync(args.ElementAtOrDefault(1));
if (args is ["sensitivity", ..]) return SensitivityTable.Run(Number(512));
if (args is ["solvers", ..]) return SolverTable.Run(Number(4));
if (args is ["reuse", ..]) return ReuseTable.Run(Number(4));

// In one process: a generated project would not find libtorch beside it, and ratios within one process are what is compared.
var configuration = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, configuration);
return 0;

int Number(int byDefault) => args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : byDefault;
