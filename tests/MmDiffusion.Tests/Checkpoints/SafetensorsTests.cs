using System.Buffers.Binary;
using System.Text;
using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Checkpoints;

[Trait("group", "unit")]
public sealed class SafetensorsTests
{
    private static readonly ScalarType[] Types =
        [
            ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32,
            ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
        ];

    [Fact]
    public void A_sealed_file_is_read_as_it_is_and_refused_with_any_bit_changed()
    {
        using var folder = new TemporaryFolder();
        using (NewDisposeScope())
            SafetensorsWriter.Write(
                folder["a"],
                new Dictionary<string, Tensor> { ["a"] = arange(500), ["b"] = ones(2, 3) },
                SafetensorsSeal.On(new Dictionary<string, string> { ["format"] = "pt" }));
        using (var whole = WeightFile.Open(folder["a"]))
            Assert.Equal(("pt", 64), (whole.Metadata["format"], whole.Metadata["sha256"].Length));
        var bytes = File.ReadAllBytes(folder["a"]);
        for (var bit = 8 * 9; bit < 8 * bytes.Length; bit += 331)
        {
            var changed = (byte[])bytes.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(folder["b"], changed);
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["b"]).Dispose());
        }
    }

    [Fact]
    public void Tensors_of_every_type_and_shape_come_back()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        for (var i = 0; i < 40; i++)
        {
            using var scope = NewDisposeScope();
            var tensors = Enumerable.Range(0, random.Next(1, 8)).ToDictionary(n => $"blocks.{n}.weight", _ => RandomTensor(random));
            SafetensorsWriter.Write(folder["a.safetensors"], tensors, new Dictionary<string, string> { ["note"] = "ä \"quoted\"" });
            using var source = WeightFile.Open(folder["a.safetensors"]);
            Assert.Equal("ä \"quoted\"", source.Metadata["note"]);
            Assert.Equal(tensors.Keys, source.Entries.Select(entry => entry.Name));
            foreach (var (name, tensor) in tensors)
            {
                var found = source.Load(name);
                Assert.Equal(tensor.dtype, found.dtype);
                Assert.Equal(tensor.shape, found.shape);
                Assert.True(found.numel() == 0 || found.eq(tensor).all().item<bool>());
            }
        }
    }

    private static Tensor RandomTensor(Random random)
    {
        var shape = Enumerable.Range(0, random.Next(0, 4)).Select(_ => (long)random.Next(0, 5)).ToArray();
        var tensor = randint(0, 2, shape, dtype: ScalarType.Int64, generator: new Generator((ulong)random.Next())).to_type(
            Types[random.Next(Types.Length)]);
        return shape.Length > 1 && random.Next(2) == 0 ? tensor.transpose(0, 1) : tensor;
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = new Dictionary<string, Tensor> { ["b"] = arange(5), ["a"] = ones(2, 3) };
        foreach (var name in new[] { "one", "two" })
            SafetensorsWriter.Write(folder[name], tensors, new Dictionary<string, string> { ["y"] = "1", ["x"] = "2" });
        Assert.Equal(File.ReadAllBytes(folder["one"]), File.ReadAllBytes(folder["two"]));
        Assert.Equal(0, (BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(folder["one"])) + 8) % 8);
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""",
        6,
        "overlaps")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""",
        12,
        "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "need 4 bytes, but 8 are there")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 8, "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "no range")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "no range")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "expected 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "has the shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", 4, "too large")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "'F8_E4M3'")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""",
        4,
        "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "not valid")]
    [InlineData("""{"a":{"dtype":"F32","shape":"x","data_offsets":[0,4]}}""", 4, "not valid")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}""", 4, "not valid")]
    [InlineData("""{"a":[[[[[[[[[[[]]]]]]]]]]]}""", 0, "not valid")]
    [InlineData("""{"a":""", 0, "not valid")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "not valid")]
    public void A_header_that_does_not_fit_is_refused(string header, int dataLength, string said)
    {
        using var folder = new TemporaryFolder();
        var json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(folder["a.safetensors"], [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[dataLength]]);
        Assert.Contains(
            said,
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["a.safetensors"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1L << 40, "expected at most")]
    [InlineData(-1, "expected at most")]
    [InlineData(1000, "cut short")]
    public void A_header_longer_than_the_file_is_refused_before_it_is_read(long claimed, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.safetensors"], [.. BitConverter.GetBytes(claimed), (byte)'{', (byte)'}']);
        var before = GC.GetTotalAllocatedBytes();
        Assert.Contains(
            said,
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["a.safetensors"])).Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 10_000_000);
    }

    [Fact]
    public void A_damaged_file_is_a_sentence_wherever_it_is_damaged()
    {
        using var folder = new TemporaryFolder();
        using (NewDisposeScope())
            SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["a"] = arange(5), ["b"] = ones(2, 3) });
        var whole = File.ReadAllBytes(folder["a"]);
        var random = new Random(2);
        for (var i = 0; i < 3000; i++)
        {
            var damaged = i % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (damaged.Length > 0) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(folder["damaged.safetensors"], damaged);
            try
            {
                using var scope = NewDisposeScope();
                using var source = WeightFile.Open(folder["damaged.safetensors"]);
                foreach (var entry in source.Entries) source.Load(entry.Name);
            }
            catch (MmDiffusionException)
            {
                // A sentence is what damage should give; any other exception fails the test.
            }
        }
    }

    [Fact]
    public void Two_tensors_of_one_name_are_refused_and_nothing_is_written()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        KeyValuePair<string, Tensor>[] twice = [new("a", ones(1)), new("a", ones(1))];
        Assert.ThrowsAny<MmDiffusionException>(() => SafetensorsWriter.Write(folder["a"], twice));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        using (NewDisposeScope()) SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["a"] = arange(5) });
        var before = LiveTensors.CountBefore();
        using (var source = WeightFile.Open(folder["a"])) source.Load("a").Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
