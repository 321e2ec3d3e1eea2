using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Testing.Fuzzing;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation;

/// <summary>Recorded values of the published code, with which checkpoints are verified.</summary>
[Trait("group", "fuzz")]
[Collection("fuzz")]
public sealed class RecordingFuzzTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_recording_is_compared_or_refused_by_a_sentence()
    {
        using (var scope = NewDisposeScope())
        {
            var recording = ReferenceVerifierTests.Record(Path.Combine(model.Folder, ModelDirectory.WeightsFile));
            SafetensorsWriter.Write(_folder["whole.safetensors"], recording.Select(entry => KeyValuePair.Create(entry.Key, entry.Value!)));
        }

        // One network for all recordings: it is they that are damaged.
        using var joint = model.Load();
        var description = joint.Directory.Description;
        var compared = 0;
        var result = Fuzz.Run(
            new RecordingMutator(File.ReadAllBytes(_folder["whole.safetensors"])),
            Fuzz.OfFile(_folder["a.safetensors"], path =>
            {
                var errors = ReferenceVerifier.Compare(path, description, CPU, () => (joint.Network, ReferenceVerifier.Float32Tolerance));
                compared++;
                Assert.NotEmpty(errors);
            }));
        Assert.InRange(result.Refused, Fuzz.Mutations / 2, Fuzz.Mutations);
        Assert.InRange(compared, 100, Fuzz.Mutations);
    }

    /// <summary>
    /// Exchanges, removes, and refills whole tensors, or damages the description of them; the numbers alone matter least.
    /// </summary>
    private sealed class RecordingMutator : IMutator
    {
        private static readonly (string Name, int Bytes)[] Types =
            [
                ("F64", 8), ("F32", 4), ("F16", 2), ("BF16", 2), ("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1),
                ("F8_E4M3", 1), ("U64", 8), ("C64", 8),
            ];

        private readonly byte[] _sample;
        private readonly JsonObject _header;
        private readonly JsonMutator _headers;
        private readonly int _data;

        internal RecordingMutator(byte[] sample)
        {
            _sample = sample;
            _data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(sample);
            _header = JsonNode.Parse(sample.AsSpan(8, _data - 8))!.AsObject();
            _headers = new JsonMutator([_header.ToJsonString()]);
        }

        public IReadOnlyList<byte[]> Samples => [_sample];

        public byte[] Mutate(Random random)
        {
            if (random.Next(5) == 0) return File(_headers.Mutate(random), _sample.AsSpan(_data));
            var tensors = _header.Where(entry => entry.Key != "__metadata__").ToDictionary(entry => entry.Key, entry => (
                Type: entry.Value!["dtype"]!.GetValue<string>(), Shape: entry.Value["shape"]!.Deserialize<long[]>()!,
                Bytes: _sample[(_data + entry.Value["data_offsets"]![0]!.GetValue<int>())..(_data
                    + entry.Value["data_offsets"]![1]!.GetValue<int>())]));
            string[] names = [.. tensors.Keys];
            for (var left = 1 + (random.Next(4) == 0 ? random.Next(3) : 0); left > 0; left--)
            {
                var name = names[random.Next(names.Length)];
                switch (random.Next(10))
                {
                    case 0:
                        tensors.Remove(name);
                        break;
                    case 1:
                        tensors[name] = tensors.GetValueOrDefault(names[random.Next(names.Length)], tensors.Values.First());
                        break;
                    case 2 when tensors.TryGetValue(name, out var kept):
                        for (var at = random.Next(kept.Bytes.Length + 1); at + 4 <= kept.Bytes.Length; at += 1 + random.Next(400))
                            random.NextBytes(kept.Bytes.AsSpan(at, 4));
                        break;
                    default:
                        var (type, bytes) = Types[random.Next(random.Next(2) == 0 ? 6 : Types.Length)];
                        var shape = tensors.TryGetValue(name, out var old) && random.Next(2) == 0 ? old.Shape : Shape(random);
                        var content = new byte[shape.Aggregate(1L, (count, extent) => count * extent) * bytes];
                        if (random.Next(3) == 0) random.NextBytes(content);
                        else if (random.Next(2) == 0 && content.Length > 0) Array.Fill(content, (byte)random.Next(256));
                        tensors[name] = (type, shape, content);
                        break;
                }
            }

            return File(tensors);
        }

        private static long[] Shape(Random random)
        {
            var shape = new long[random.Next(7)];
            for (var i = 0; i < shape.Length; i++) shape[i] = random.Next(8) switch { 0 => 0, 1 => 3, 2 => 4, 3 => 8, 4 => 2, _ => 1 };
            return shape;
        }

        private static byte[] File(Dictionary<string, (string Type, long[] Shape, byte[] Bytes)> tensors)
        {
            var (header, data) = (new JsonObject(), new MemoryStream());
            foreach (var (name, (type, shape, bytes)) in tensors)
            {
                header[name] = new JsonObject
                {
                    ["dtype"] = type,
                    ["shape"] = new JsonArray([.. shape.Select(extent => (JsonNode)extent)]),
                    ["data_offsets"] = new JsonArray(data.Length, data.Length + bytes.Length),
                };
                data.Write(bytes);
            }

            return File(Encoding.UTF8.GetBytes(header.ToJsonString()), data.ToArray());
        }

        private static byte[] File(byte[] header, ReadOnlySpan<byte> data)
        {
            var file = new byte[8 + header.Length + data.Length];
            BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
            header.CopyTo(file, 8);
            data.CopyTo(file.AsSpan(8 + header.Length));
            return file;
        }
    }
}
