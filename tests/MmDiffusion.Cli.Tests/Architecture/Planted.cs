using MmDiffusion.Kernels;
using TorchSharp;
using static TorchSharp.torch;

#pragma warning disable IDE0130 // Rooms of its own.
// Code that breaks the rules on purpose, to see that the checker finds it; each use stands in another part of a type.
namespace MmDiffusion.Cli.Tests.Architecture.Planted.Target
{
    internal sealed class Thing
    {
        internal static int Number { get; set; }

        internal static T Echo<T>(T value) => value;
    }
}

namespace MmDiffusion.Cli.Tests.Architecture.Planted.InBody
{
    internal static class User
    {
        internal static int Use() => Target.Thing.Number;
    }
}

namespace MmDiffusion.Cli.Tests.Architecture.Planted.InField
{
    internal sealed class User
    {
        internal List<Target.Thing?[]> Things { get; } = [];
    }
}

namespace MmDiffusion.Cli.Tests.Architecture.Planted.InLambda
{
    internal static class User
    {
        internal static IEnumerable<int> Use() => Enumerable.Range(0, 1).Select(_ => Target.Thing.Number);
    }
}

namespace MmDiffusion.Cli.Tests.Architecture.Planted.InTypeArgument
{
    internal static class User
    {
        internal static object? Use() => Array.Empty<Target.Thing>();
    }
}

namespace MmDiffusion.Cli.Tests.Architecture.Planted.OnConsole
{
    internal static class User
    {
        internal static void Use() => Console.Write("");
    }
}

namespace MmDiffusion.Cli.Tests.Architecture.Planted.Innocent
{
    internal static class User
    {
        internal static int Use(int depth) => depth switch { 0 => 1, 1 => 2, 2 => 3, 3 => 5, _ => Use(depth - 1) + (int)(depth * 1e300) };
    }
}

namespace MmDiffusion.Cli.Tests.Architecture.Planted.Scalars
{
    internal static class User
    {
        internal static Tensor ByOperator(Tensor x) => x * 2.0;

        internal static Tensor BySum(Tensor x) => x + x;

        internal static Tensor ByMethod(Tensor x) => x.square();

        internal static Tensor ByArgument(Tensor x) => x.clamp(0, 1);

        internal static Tensor ByFactory() => arange(5);

        internal static IEnumerable<Tensor> ByLambda(IEnumerable<Tensor> all) => all.Select(x => x.pow(3));

        internal static Tensor ByVariable(Tensor x)
        {
            Scalar factor = 3;
            return x.mul_(factor);
        }

        internal static object ByModule() => nn.BatchNorm2d(3);

        internal static Tensor Innocent(Tensor x) =>
            nn.functional.interpolate(x * x - x / x, [2, 2]).mean([1]).Times(2).Plus(1).to(float64).Plus(TensorArithmetic.Full([1], 0.5));
    }

    internal static class Guard
    {
        private static readonly Scalar One = 1L.ToScalar();

        internal static Tensor Held(Tensor x, double number)
        {
            using var scalar = number.ToScalar();
            return x.add(scalar, One);
        }

        internal static Tensor NotHeld(Tensor x, double number) => x.mul(number.ToScalar());
    }
}
