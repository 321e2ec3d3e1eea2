// Tests that count live tensors see those of every thread.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
// Scenes are drawn once for all tests that need some.
[assembly: Xunit.AssemblyFixture(typeof(MmDiffusion.Evaluation.Tests.SceneFolder))]
