// Code that breaks the rules on purpose, to see that the checker finds it; each use stands in another part of a type.
namespace MmDiffusion.Tests.Architecture.Planted.Target
{
    internal sealed class Thing
    {
        internal static int Number { get; set; }

        internal static T Echo<T>(T value) => value;
    }
}

namespace MmDiffusion.Tests.Architecture.Planted.InBody
{
    internal static class User
    {
        internal static int Use() => Target.Thing.Number;
    }
}

namespace MmDiffusion.Tests.Architecture.Planted.InField
{
    internal sealed class User
    {
        internal List<Target.Thing?[]> Things { get; } = [];
    }
}

namespace MmDiffusion.Tests.Architecture.Planted.InLambda
{
    internal static class User
    {
        internal static IEnumerable<int> Use() => Enumerable.Range(0, 1).Select(_ => Target.Thing.Number);
    }
}

namespace MmDiffusion.Tests.Architecture.Planted.InTypeArgument
{
    internal static class User
    {
        internal static object? Use() => Array.Empty<Target.Thing>();
    }
}

namespace MmDiffusion.Tests.Architecture.Planted.OnConsole
{
    internal static class User
    {
        internal static void Use() => Console.Write("");
    }
}

namespace MmDiffusion.Tests.Architecture.Planted.Innocent
{
    internal static class User
    {
        internal static int Use(int depth) => depth switch { 0 => 1, 1 => 2, 2 => 3, 3 => 5, _ => Use(depth - 1) + (int)(depth * 1e300) };
    }
}
