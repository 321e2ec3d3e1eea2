using System.IO.Compression;
using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Checkpoints;

/// <summary>How checkpoints are read: by parts, within bounds, and from files that change.</summary>
[Trait("group", "unit")]
public sealed class CheckpointReadingTests
{
    [Theory]
    [InlineData("zip")]
    [InlineData("old")]
    [InlineData("safetensors")]
    public void A_file_that_becomes_shorter_while_it_is_open_is_a_sentence(string form)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().Value(new Dictionary<string, object?> { ["w"] = new PickleWriter.Floats(0, 8, 8) }).Stop();
        var path = folder["a"];
        if (form == "zip") PtFixture.Zip(path, pickle, ("0", PickleWriter.Floats.Storage));
        else if (form == "old") PtFixture.Legacy(path, pickle, ("0", PickleWriter.Floats.Stored, PickleWriter.Floats.Storage));
        else SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["w"] = arange(64) });
        using var source = WeightFile.Open(path);
        Assert.Equal(63, source.Load("w").flatten()[63].to_type(ScalarType.Float64).item<double>());
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(100);
        var said = Assert.ThrowsAny<MmDiffusionException>(() => source.Load("w")).Message;
        Assert.Contains("is damaged at 'w'", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression, false)]
    [InlineData(CompressionLevel.NoCompression, true)]
    [InlineData(CompressionLevel.Fastest, false)]
    [InlineData(CompressionLevel.Fastest, true)]
    public void Tensors_that_share_a_storage_are_read_without_what_lies_before_them(CompressionLevel compression, bool backwards)
    {
        Assert.SkipUnless(File.Exists("/proc/self/io"), "this system does not say how much was read");
        using var folder = new TemporaryFolder();
        const int count = 200, size = 4000;
        var values = new float[count * size];
        var random = new Random(3);
        for (var i = 0; i < values.Length; i++) values[i] = random.NextSingle();
        var pickle = new PickleWriter().BeginDictionary();
        foreach (var i in backwards ? Enumerable.Range(0, count).Reverse() : Enumerable.Range(0, count))
            pickle.Text($"w{i}").Tensor("FloatStorage", "0", values.Length, i * size, [size], [1]);
        PtFixture.Zip(folder["a.pt"], pickle.EndItems().Stop(), compression, ("0", PtFixture.Floats(values)));
        var before = BytesRead();
        using (var source = WeightFile.Open(folder["a.pt"]))
        {
            foreach (var entry in source.Entries)
            {
                using var scope = NewDisposeScope();
                Assert.Equal(values[int.Parse(entry.Name[1..]) * size], source.Load(entry.Name)[0].item<float>());
            }
        }
        Assert.InRange(BytesRead() - before, 0, 3 * new FileInfo(folder["a.pt"]).Length);
    }

    private static long BytesRead() => long.Parse(File.ReadLines("/proc/self/io").First().Split(' ')[1]);

    [Theory]
    [InlineData('N')]
    [InlineData(']')]
    [InlineData('}')]
    [InlineData(')')]
    [InlineData('(')]
    [InlineData('2')]
    [InlineData('q')]
    public void A_small_file_whose_pickle_inflates_without_end_takes_little_memory(char instruction)
    {
        using var folder = new TemporaryFolder();
        var pickle = new byte[100_000_000];
        Array.Fill(pickle, (byte)instruction);
        pickle[0] = (byte)'N';
        PtFixture.Zip(folder["a.pt"], pickle, CompressionLevel.Fastest);
        Assert.InRange(new FileInfo(folder["a.pt"]).Length, 0, 1_000_000);
        GC.Collect();
        var (before, allocated) = (GC.GetTotalMemory(forceFullCollection: true), GC.GetTotalAllocatedBytes());
        Assert.Contains(
            "more values than any checkpoint needs",
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["a.pt"])).Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: false) - before, long.MinValue, 400_000_000);
        Assert.InRange(GC.GetTotalAllocatedBytes() - allocated, 0, 600_000_000);
    }

    [Fact]
    public void Dicts_that_hold_one_another_many_times_are_told()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().Op('}').Op((byte)'q', 0).Op('(').Text("w").Value(new PickleWriter.Floats(0, 1)).Op('u').Op('0');
        for (byte level = 1; level < 60; level++)
            pickle.Op('}')
                .Op((byte)'q', level)
                .Op('(')
                .Text("a")
                .Op((byte)'h', (byte)(level - 1))
                .Text("b")
                .Op((byte)'h', (byte)(level - 1))
                .Op('u')
                .Op('0');
        PtFixture.Zip(folder["a.pt"], pickle.Op((byte)'h', 59).Stop(), ("0", PickleWriter.Floats.Storage));
        Assert.Contains(
            "repeats its parts",
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["a.pt"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 2L }, new[] { long.MaxValue })]
    [InlineData(new[] { 2L, 2 }, new[] { long.MaxValue, 1 })]
    [InlineData(new[] { 3L }, new[] { long.MaxValue / 2 })]
    [InlineData(new[] { 2L, 2 }, new[] { long.MaxValue / 2, long.MaxValue / 2 })]
    [InlineData(new[] { 500_000_000L }, new[] { 0L })]
    [InlineData(new[] { 30_000L, 30_000 }, new[] { 0L, 0 })]
    [InlineData(new[] { 0L, long.MaxValue, 4 }, new[] { 1L, 1, 1 })]
    public void A_tensor_that_claims_more_than_its_storage_is_refused(long[] shape, long[] strides)
    {
        using var folder = new TemporaryFolder();
        void Numbers(PickleWriter writer, long[] values)
        {
            writer.Op('(');
            foreach (var value in values) writer.Op(0x8a, 8).Op(BitConverter.GetBytes(value));
            writer.Op('t');
        }

        var pickle = new PickleWriter().BeginDictionary().Text("w").Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Op('(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Number(4).Op('t').Op('Q').Number(0);
        Numbers(pickle, shape);
        Numbers(pickle, strides);
        pickle.Op(0x89).BeginDictionary().EndItems().Op('t').Op('R').EndItems();
        var bytes = pickle.Stop();
        foreach (var path in new[]
        {
            PtFixture.Zip(folder["a.pt"], bytes, ("0", PtFixture.Floats(1, 2, 3, 4))),
            PtFixture.Legacy(folder["b.pt"], bytes, ("0", 4, PtFixture.Floats(1, 2, 3, 4))),
        })
            Assert.Contains(
                "does not fit its storage",
                Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(path)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_tensor_that_repeats_its_elements_is_read()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().BeginDictionary().Text("w").Tensor("FloatStorage", "0", 2, 1, [3, 100], [0, 0]).EndItems().Stop();
        using var source = WeightFile.Open(PtFixture.Zip(folder["a.pt"], pickle, ("0", PtFixture.Floats(1, 2))));
        Assert.All(source.Load("w").data<float>(), value => Assert.Equal(2, value));
    }

    [Fact]
    public void A_zip_whose_sizes_need_64_bits_is_read_and_one_that_lies_about_them_is_not()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().Value(new Dictionary<string, object?> { ["w"] = new PickleWriter.Floats(9, 3) }).Stop();
        File.WriteAllBytes(folder["large.pt"], LargeZip(("archive/data.pkl", pickle), ("archive/data/0", PickleWriter.Floats.Storage)));
        using (var source = WeightFile.Open(folder["large.pt"])) Assert.Equal([9f, 10f, 11f], source.Load("w").data<float>());
        var zip = File.ReadAllBytes(PtFixture.Zip(folder["small.pt"], pickle, ("0", PickleWriter.Floats.Storage)));
        var at = zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        foreach (var (offset, value, said) in new[]
        {
            (24, 0x7fffffff, "cannot hold"), (20, 0x7fffffff, "beyond its end"), (42, 0x7fffffff, "beyond its end"),
            (10, 99, "by method 99"), (8, 1, "encrypted"),
        })
        {
            var changed = (byte[])zip.Clone();
            if (offset < 20) BitConverter.TryWriteBytes(changed.AsSpan(at + offset), (short)value);
            else BitConverter.TryWriteBytes(changed.AsSpan(at + offset), value);
            File.WriteAllBytes(folder["changed.pt"], changed);
            Assert.Contains(
                said,
                Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["changed.pt"])).Message,
                StringComparison.Ordinal);
        }
    }

    /// <summary>A zip with 64-bit sizes, as PyTorch writes where a storage has 4 GB.</summary>
    private static byte[] LargeZip(params (string Name, byte[] Content)[] files)
    {
        using var zip = new MemoryStream();
        using var directory = new MemoryStream();
        using var to = new BinaryWriter(zip);
        using var list = new BinaryWriter(directory);
        foreach (var (name, content) in files)
        {
            var (start, bytes) = (zip.Position, System.Text.Encoding.ASCII.GetBytes(name));
            to.Write([.. "PK\u0003\u0004"u8, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            to.Write(content.Length);
            to.Write(content.Length);
            to.Write((short)bytes.Length);
            to.Write((short)0);
            to.Write(bytes);
            to.Write(content);
            list.Write([.. "PK\u0001\u0002"u8, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            list.Write(uint.MaxValue);
            list.Write(uint.MaxValue);
            list.Write((short)bytes.Length);
            list.Write((short)28);
            list.Write(new byte[10]);
            list.Write(uint.MaxValue);
            list.Write(bytes);
            list.Write((short)1);
            list.Write((short)24);
            list.Write((long)content.Length);
            list.Write((long)content.Length);
            list.Write(start);
        }
        var (at, entries) = (zip.Position, directory.ToArray());
        to.Write(entries);
        var end = zip.Position;
        to.Write([.. "PK\u0006\u0006"u8, 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        foreach (var number in new[] { files.Length, files.Length, entries.LongLength, at }) to.Write(number);
        to.Write([.. "PK\u0006\u0007"u8, 0, 0, 0, 0]);
        to.Write(end);
        to.Write(1);
        to.Write([.. "PK\u0005\u0006"u8, 0, 0, 0, 0]);
        to.Write(ushort.MaxValue);
        to.Write(ushort.MaxValue);
        to.Write(uint.MaxValue);
        to.Write(uint.MaxValue);
        to.Write((short)0);
        return zip.ToArray();
    }
}
