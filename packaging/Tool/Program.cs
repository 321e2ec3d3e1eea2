using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Packaging;

/// <summary>
/// What packing needs beyond MSBuild: <c>relax SOURCE TARGET</c> writes a library that older systems load too, and
/// <c>archive FOLDER FILE</c> makes one file of a folder.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["relax", var source, var target]:
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
                File.WriteAllBytes(target, RelaxedImage.Of(source));
                return 0;
            case ["archive", var folder, var file]:
                ProgramArchive.Write(folder, file);
                return 0;
            default:
                Console.Error.WriteLine("usage: relax SOURCE TARGET | archive FOLDER FILE");
                return 2;
        }
    }
}
