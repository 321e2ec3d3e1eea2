using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public sealed partial class TorchRuntimeTests
{
    private const string SpinCount = "GOMP_SPINCOUNT";

    [Fact]
    public void Loading_the_library_changes_nothing_of_the_process_until_the_program_configures_it()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("only there the process is configured");
        // This process has been configured, see TestProcess: what another would get is seen by a copy of the library of its own.
        var before = Environment.GetEnvironmentVariable(SpinCount);
        Assert.Equal(0, unsetenv(SpinCount));
        var context = new AssemblyLoadContext(nameof(TorchRuntimeTests), isCollectible: true);
        try
        {
            var library = context.LoadFromAssemblyPath(typeof(TorchRuntime).Assembly.Location);
            RuntimeHelpers.RunModuleConstructor(library.ManifestModule.ModuleHandle);
            var runtime = library.GetType(typeof(TorchRuntime).FullName!)!;
            var isManaged = library.GetType(typeof(Glibc).FullName!)!.GetField("_isManaged", BindingFlags.NonPublic | BindingFlags.Static)!;
            string[] calls = [nameof(TorchRuntime.PreferSpeed), nameof(TorchRuntime.PreferLessMemory), nameof(TorchRuntime.TrimMemory)];
            foreach (var name in calls) runtime.GetMethod(name)!.Invoke(null, null);
            Assert.False((bool)isManaged.GetValue(null)!);
            Assert.Equal(0, getenv(SpinCount));
            runtime.GetMethod(nameof(TorchRuntime.Configure))!.Invoke(null, null);
            Assert.True((bool)isManaged.GetValue(null)!);
            Assert.Equal("5000", Marshal.PtrToStringUTF8(getenv(SpinCount)));
        }
        finally
        {
            if (before is not null) Environment.SetEnvironmentVariable(SpinCount, before);
            context.Unload();
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unsetenv(string name);
}
