using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>A safetensors file.</summary>
internal static class SafetensorsFile
{
    internal static StoredWeights Open(string path, string? section)
    {
        var file = new RandomAccessFile(path);
        try
        {
            SafetensorsHeader header;
            using (var stream = file.Part(0, file.Length))
            {
                header = SafetensorsHeader.Read(path, stream);
                SafetensorsSeal.Require(path, stream, header.DataStart, header.Metadata);
            }
            var entries = header.Entries.Values.OrderBy(entry => entry.Begin).ToList();
            return new StoredWeights(
                path, [.. entries.Select(entry => new StoredTensor(entry.Entry, null))], null, header.Metadata, Load, file, section);

            Tensor Load(int index)
            {
                var (entry, begin, _) = entries[index];
                using var scope = NewDisposeScope();
                var tensor = empty([.. entry.Shape], entry.Type);
                file.Fill(tensor, header.DataStart + begin);
                return tensor.MoveToOuterDisposeScope();
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
