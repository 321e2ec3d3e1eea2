using System.IO.Compression;
using System.Text;

namespace MmDiffusion.Evaluation.Tests.Extraction;

/// <summary>Writes the smallest TorchScript networks: no weights, one expression of the input x.</summary>
internal static class TorchScriptFile
{
    internal static void Write(string path, string expression)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(archive, "version", "3\n");
        Add(archive, "constants.pkl", "\u0080\u0002).");
        // An object of the class with {"training": False} as its state.
        Add(archive, "data.pkl", "\u0080\u0002c__torch__\nNet\n)\u0081}(X\u0008\0\0\0training\u0089ub.");
        Add(archive, "code/__torch__.py", $"""
            class Net(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def forward(self: __torch__.Net,
                x: Tensor) -> Tensor:
                return {expression}

            """);
    }

    private static void Add(ZipArchive archive, string name, string content)
    {
        using var stream = archive.CreateEntry("net/" + name, CompressionLevel.NoCompression).Open();
        stream.Write(Encoding.Latin1.GetBytes(content));
    }
}
