using System.IO.Compression;

namespace MmDiffusion.Testing.Models;

/// <summary>Makes PyTorch checkpoints in both forms.</summary>
internal static class PtFixture
{
    /// <summary>The zip form.</summary>
    internal static string Zip(string path, byte[] pickle, params (string Key, byte[] Bytes)[] storages) =>
        Zip(path, pickle, CompressionLevel.NoCompression, storages);

    /// <summary>The zip form, perhaps compressed, as other programs than PyTorch write it.</summary>
    internal static string Zip(string path, byte[] pickle, CompressionLevel compression, params (string Key, byte[] Bytes)[] storages)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(archive, "archive/data.pkl", pickle, compression);
        Add(archive, "archive/byteorder", "little"u8.ToArray(), compression);
        foreach (var (key, bytes) in storages) Add(archive, $"archive/data/{key}", bytes, compression);
        return path;
    }

    /// <summary>The form before the zip.</summary>
    internal static string Legacy(string path, byte[] pickle, params (string Key, int Elements, byte[] Bytes)[] storages)
    {
        using var file = File.Create(path);
        file.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        file.Write(new PickleWriter().Number(1001).Stop());
        file.Write(new PickleWriter().Op('}').Op('(').Text("little_endian").Op(0x88).Op('u').Stop());
        file.Write(pickle);
        var keys = new PickleWriter().Op(']').Op('(');
        foreach (var (key, _, _) in storages) keys.Text(key);
        file.Write(keys.Op('e').Stop());
        foreach (var (_, elements, bytes) in storages)
        {
            file.Write(BitConverter.GetBytes((long)elements));
            file.Write(bytes);
        }
        return path;
    }

    internal static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static void Add(ZipArchive archive, string name, byte[] content, CompressionLevel compression)
    {
        using var stream = archive.CreateEntry(name, compression).Open();
        stream.Write(content);
    }
}
