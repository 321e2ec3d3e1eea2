using System.IO.Compression;
using System.Text;
using MmDiffusion.Checkpoints;
using MmDiffusion.Testing.Fuzzing;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;
using Tree = System.Collections.Generic.Dictionary<string, object?>;

namespace MmDiffusion.Tests.Checkpoints;

[Trait("group", "fuzz")]
[Collection("fuzz")]
public sealed class CheckpointFuzzTests : IDisposable
{
    private static readonly WeightEntry[] Network = [new("weight", ScalarType.Float32, [2, 3]), new("bias", ScalarType.Float32, [2])];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Tree Linear(int first, string prefix = "") =>
        new() { [prefix + "weight"] = new PickleWriter.Floats(first, 2, 3), [prefix + "bias"] = new PickleWriter.Floats(first, 2) };

    private static readonly byte[][] Pickles =
    [
        new PickleWriter().Value(Linear(0)).Stop(),
        new PickleWriter().Value(new Tree
        {
            ["step"] = 3,
            ["model"] = Linear(1, "module."),
            ["ema"] = new Tree
            {
                ["decay"] = null,
                ["shadow"] = new object?[] { new PickleWriter.Floats(2, 2, 3), new PickleWriter.Floats(2, 2) },
            },
        }).Stop(),
        new PickleWriter(4).Op(0x95, 9, 0, 0, 0, 0, 0, 0, 0).Value(new Tree
        {
            ["state_dict"] = Linear(5, "model."),
            ["args"] = (Action<PickleWriter>)(writer =>
                writer.Global("argparse", "Namespace")
                    .Op(')')
                    .Op(0x81)
                    .Op('}')
                    .Op('(')
                    .Text("lr")
                    .Op((byte)'G', 0, 0, 0, 0, 0, 0, 0, 0)
                    .Op('u')
                    .Op('b')),
            ["seed"] = (Action<PickleWriter>)(writer => writer.Op(0x8a, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0)),
            ["set"] = (Action<PickleWriter>)(writer => writer.Op(0x8f).Op(0x94).Op('(').Number(1).Op(0x90)),
            ["bytes"] = (Action<PickleWriter>)(writer => writer.Op((byte)'C', 3, 1, 2, 3).Op(0x96, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2).Op(0x86)),
        }).Stop(),
        new PickleWriter().BeginDictionary()
            .Text("weight")
            .Global("torch._utils", "_rebuild_parameter")
            .Op('(')
            .Tensor("FloatStorage", "0", PickleWriter.Floats.Stored, 1, [2, 3], [3, 1])
            .Op(0x88)
            .BeginDictionary()
            .EndItems()
            .Op('t')
            .Op('R')
            .Text("bias")
            .Tensor("HalfStorage", "0", PickleWriter.Floats.Stored, 60, [2], [1])
            .EndItems()
            .Op((byte)'q', 1)
            .Op((byte)'0')
            .Op((byte)'h', 1)
            .Stop(),
    ];

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nFloatStorage\n", "ccollections\nOrderedDict\n", "cnumpy\ndtype\n",
            "cos\nsystem\n", "ctorch\ndevice\n", "(", "]", "}", ")", "t", "R", "u", "s", "e", "a", "b", "Q", "0", "1",
            "2", "N", "N.",
            "q\u0001", "h\u0001", "I01\n", "L99999999999999999999L\n", "F1e400\n", "V\\u0000\n", "S'x'\n", "(lp0\n", "g0\n",
        }.Select(Encoding.Latin1.GetBytes),
        [0x80, 2],
        [0x81],
        [0x85],
        [0x87],
        [0x8f],
        [0x90],
        [0x91],
        [0x92],
        [0x93],
        [0x94],
        [0x8a, 8, 255, 255, 255, 255, 255, 255, 255, 127],
        [0x8b, 255, 255, 255, 127],
        [0x8e, 255, 255, 255, 255, 0, 0, 0, 0],
        [(byte)'X', 255, 255, 255, 127],
        [(byte)'B', 0, 0, 0, 128],
        [(byte)'J', 255, 255, 255, 127],
        .. new byte[][]
        {
            [.. "PK\u0003\u0004"u8], [.. "PK\u0001\u0002"u8], [.. "PK\u0005\u0006"u8], [.. "PK\u0006\u0006"u8], [.. "PK\u0006\u0007"u8],
        },
    ];

    [Fact]
    public void Any_pickle_in_a_zip_is_read_or_refused_by_a_sentence() => Run(new ByteMutator(Pickles, Tokens), bytes =>
    {
        File.Delete(_folder["a.pt"]);
        ReadAll(PtFixture.Zip(_folder["a.pt"], bytes, ("0", PickleWriter.Floats.Storage)));
    });

    [Fact]
    public void Any_compressed_pickle_is_read_or_refused_by_a_sentence() => Run(new ByteMutator(Pickles, Tokens), bytes =>
    {
        File.Delete(_folder["a.pt"]);
        ReadAll(PtFixture.Zip(_folder["a.pt"], bytes, CompressionLevel.Fastest, ("0", PickleWriter.Floats.Storage)));
    });

    [Fact]
    public void Any_zip_is_read_or_refused_by_a_sentence() => Run(
        new ByteMutator(
            [.. Pickles.SelectMany((pickle, i) =>
                new[] { CompressionLevel.NoCompression, CompressionLevel.Fastest }.Select(level =>
                    File.ReadAllBytes(PtFixture.Zip(_folder[$"{i}.{level}.pt"], pickle, level, ("0", PickleWriter.Floats.Storage)))))],
            Tokens),
        Fuzz.OfFile(_folder["a.pt"], ReadAll));

    [Fact]
    public void Any_checkpoint_of_the_older_form_is_read_or_refused_by_a_sentence() => Run(
        new ByteMutator(
            [.. Pickles.Take(3).Select((pickle, i) =>
                File.ReadAllBytes(PtFixture.Legacy(
                    _folder[$"{i}.pt"],
                    pickle,
                    ("0", PickleWriter.Floats.Stored, PickleWriter.Floats.Storage))))],
            Tokens),
        Fuzz.OfFile(_folder["a.pt"], ReadAll));

    [Fact]
    public void Any_safetensors_file_is_read_or_refused_by_a_sentence()
    {
        using (NewDisposeScope())
        {
            SafetensorsWriter.Write(_folder["1"], new Dictionary<string, Tensor> { ["weight"] = ones(2, 3), ["bias"] = ones(2) });
            SafetensorsWriter.Write(
                _folder["2"],
                new Dictionary<string, Tensor> { ["module.a"] = arange(5), ["module.b"] = ones([2], ScalarType.BFloat16) },
                new Dictionary<string, string> { ["note"] = "x" });
        }
        var tokens = new[]
        {
            "null", "[]", "{}", "-1", "9223372036854775807", "1e400", "\"F32\"", "\"F8_E4M3\"", "\"data_offsets\":[0,4]",
            "\"shape\":[0,9223372036854775807]", "\"__metadata__\":", "\"\\ud800\"", ",",
        };
        Run(
            new ByteMutator([File.ReadAllBytes(_folder["1"]), File.ReadAllBytes(_folder["2"])], [.. tokens.Select(Encoding.UTF8.GetBytes)]),
            Fuzz.OfFile(_folder["a.safetensors"], ReadAll));
    }

    private static void Run(IMutator mutator, Action<byte[]> parse)
    {
        var result = Fuzz.Run(mutator, parse);
        Assert.InRange(result.Refused, Fuzz.Mutations / 10, Fuzz.Mutations);
    }

    private static void ReadAll(string path)
    {
        using var source = WeightFile.Open(path);
        foreach (var entry in source.Entries)
        {
            using var scope = NewDisposeScope();
            source.Load(entry.Name);
        }
        var section = source.Fitting(Network, out var fits);
        if (!fits) return;
        using var inner = NewDisposeScope();
        foreach (var entry in Network) Assert.Equal(entry.Shape, section.Load(entry.Name).shape);
    }
}
