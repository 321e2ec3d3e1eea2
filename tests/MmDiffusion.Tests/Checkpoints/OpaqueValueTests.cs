using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Checkpoints;

[Trait("group", "unit")]
public sealed class OpaqueValueTests
{
    private static readonly Dictionary<string, Action<PickleWriter>> Values = new()
    {
        ["device"] = writer => writer.Global("torch", "device").Op('(').Text("cuda").Number(0).Op('t').Op('R'),
        ["dtype"] = writer => writer.Global("torch", "float8_e4m3fn"),
        ["seed"] = writer => writer.Op(0x8a, 9, 255, 255, 255, 255, 255, 255, 255, 255, 0),
        ["long number"] = writer => writer.Op(0x8b, 20, 0, 0, 0).Op(new byte[20]),
        ["number in text"] = writer => writer.Op('L').Op("123456789012345678901234567890L\n"u8.ToArray()),
        ["truth in text"] = writer => writer.Op('I').Op("01\n"u8.ToArray()),
        ["fraction"] = writer =>
            writer.Op('G').Op(0x40, 9, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18).Op('F').Op("1.5e300\n"u8.ToArray()).Op(0x86),
        ["set of protocol 4"] = writer => writer.Op(0x8f).Op('(').Number(1).Number(2).Op(0x90),
        ["frozen set"] = writer => writer.Op('(').Number(1).Op(0x91),
        ["set"] = writer => writer.Global("__builtin__", "set").Op(']').Op('(').Number(1).Op('e').Op(0x85).Op('R'),
        ["bytes"] = writer => writer.Op((byte)'C', 3).Op(1, 2, 3),
        ["bytes of protocol 2"] = writer => writer.Global("_codecs", "encode").Text("\u00ff").Text("latin1").Op(0x86).Op('R'),
        ["bytearray"] = writer => writer.Op(0x96, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2),
        ["text that is not UTF-8"] = writer => writer.Op((byte)'U', 2).Op(0xff, 0xfe),
        ["defaultdict"] = writer =>
            writer.Global("collections", "defaultdict").Global("builtins", "list").Op(0x85).Op('R').Op('(').Text("a").Number(1).Op('u'),
        ["Counter"] = writer => writer.Global("collections", "Counter").Op('}').Op('(').Text("a").Number(1).Op('u').Op(0x85).Op('R'),
        ["deque"] = writer => writer.Global("collections", "deque").Op(']').Op(0x85).Op('R').Op('(').Number(1).Op('e'),
        ["Namespace"] = writer =>
            writer.Global("argparse", "Namespace").Op(')').Op(0x81).Op('}').Op('(').Text("lr").Number(1).Op('u').Op('b'),
        ["Namespace of protocol 0"] = writer =>
            writer.Global("copy_reg", "_reconstructor")
                .Op('(')
                .Global("argparse", "Namespace")
                .Global("__builtin__", "object")
                .Op('N')
                .Op('t')
                .Op('R')
                .Op('(')
                .Op('d')
                .Op('S')
                .Op("'lr'\n"u8.ToArray())
                .Op('I')
                .Op("1\n"u8.ToArray())
                .Op('s')
                .Op('b'),
        ["SimpleNamespace"] = writer => writer.Global("types", "SimpleNamespace").Op(')').Op('R').Op('}').Op('b'),
        ["Path"] = writer => writer.Global("pathlib", "PosixPath").Op('(').Text("/").Text("tmp").Op('t').Op('R'),
        ["datetime"] = writer => writer.Global("datetime", "datetime").Op((byte)'C', 1, 7).Op(0x85).Op('R'),
        ["class of one's own"] = writer =>
            writer.Global("__main__", "config").Op(')').Op(0x81).Op('}').Op('(').Text("x").Number(1).Op('u').Op('N').Op(0x86).Op('b'),
        ["class with keywords"] = writer => writer.Global("own", "Settings").Op(')').Op('}').Op(0x92),
        ["dict of one's own"] = writer => writer.Global("easydict", "EasyDict").Op(')').Op(0x81).Op('(').Text("x").Number(1).Op('u'),
        ["enumeration"] = writer => writer.Global("guided_diffusion.gaussian_diffusion", "ModelMeanType").Number(2).Op(0x85).Op('R'),
        ["function that is not called"] = writer => writer.Global("own.schedules", "cosine"),
        ["scalar of numpy"] = writer => Scalar(writer, "numpy.core.multiarray"),
        ["scalar of numpy 2"] = writer => Scalar(writer, "numpy._core.multiarray"),
        ["array of numpy"] = writer =>
            Dtype(writer.Global("numpy.core.multiarray", "_reconstruct")
                .Op('(')
                .Global("numpy", "ndarray")
                .Number(0)
                .Op(0x85)
                .Op((byte)'C', 1)
                .Op((byte)'b')
                .Op('t')
                .Op('R')
                .Op('(')
                .Number(1)
                .Number(2)
                .Op(0x85)).Op(0x89).Op((byte)'C', 2).Op(0, 1).Op('t').Op('b'),
        ["random state of numpy"] = writer =>
            writer.Global("numpy.random._pickle", "__randomstate_ctor").Text("MT19937").Op(0x85).Op('R').Op('}').Op('b'),
        ["copied value"] = writer => writer.Number(1).Op('2').Op(0x86),
        ["a dict in itself"] = writer => writer.Op('}').Op((byte)'q', 77).Op('(').Text("self").Op((byte)'h', 77).Op('u'),
    };

    private static PickleWriter Dtype(PickleWriter writer) =>
        writer.Global("numpy", "dtype").Op('(').Text("f8").Op(0x89).Op(0x88).Op('t').Op('R')
            .Op('(').Number(3).Text("<").Op('N').Op('N').Op('N').Number(-1).Number(-1).Number(0).Op('t').Op('b');

    private static void Scalar(PickleWriter writer, string module) =>
        Dtype(writer.Global(module, "scalar").Op('(')).Op((byte)'C', 8).Op(new byte[8]).Op('t').Op('R');

    public static TheoryData<string> Names => [.. Values.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_no_tensor_is_passed_over_wherever_it_stands(string value)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var number = 0;
        var weights = new PickleWriter.Floats(7, 2);
        foreach (var checkpoint in new object[]
        {
            new Dictionary<string, object?> { ["extra"] = Values[value], ["model"] = new Dictionary<string, object?> { ["w"] = weights } },
            new Dictionary<string, object?> { ["w"] = weights, ["extra"] = Values[value] },
            new Dictionary<string, object?>
            {
                ["model"] = new Dictionary<string, object?> { ["w"] = weights },
                ["extra"] = new object?[] { Values[value], new object?[] { Values[value] } },
            },
        })
        {
            var pickle = new PickleWriter().Value(checkpoint).Stop();
            foreach (var path in new[]
            {
                PtFixture.Zip(folder[$"{++number}.pt"], pickle, ("0", PickleWriter.Floats.Storage)),
                PtFixture.Legacy(folder[$"{++number}.pt"], pickle, ("0", PickleWriter.Floats.Stored, PickleWriter.Floats.Storage)),
            })
            {
                using var source = WeightFile.Open(path);
                Assert.Equal("w", Assert.Single(source.Entries).Name);
                Assert.Equal([7f, 8f], source.Load("w").data<float>());
            }
        }
    }

    private static PickleWriter Plain(PickleWriter writer) => writer.Value(new PickleWriter.Floats(3, 2));

    private static readonly Dictionary<string, Action<PickleWriter>> Wrapped = new()
    {
        ["parameter"] = writer =>
            Plain(writer.Global("torch._utils", "_rebuild_parameter").Op('(')).Op(0x88).BeginDictionary().EndItems().Op('t').Op('R'),
        ["parameter with attributes"] = writer =>
            Plain(writer.Global("torch._utils", "_rebuild_parameter_with_state").Op('('))
                .Op(0x88)
                .BeginDictionary()
                .EndItems()
                .Op('}')
                .Op('t')
                .Op('R'),
        ["buffer"] = writer => Typed(writer, "torch", "Tensor"),
        ["buffer of its own class"] = writer => Typed(writer, "torch.nn.parameter", "Buffer"),
        ["buffer as a call"] = writer => Plain(writer.Global("torch.nn.parameter", "Buffer")).Op(0x85).Op('R'),
        ["first version"] = writer =>
            Arguments(writer.Global("torch._utils", "_rebuild_tensor").Op('('), "FloatStorage", 64).Op('t').Op('R'),
        ["third version"] = writer =>
            Arguments(writer.Global("torch._utils", "_rebuild_tensor_v3").Op('('), "UntypedStorage", 256)
                .Op(0x89)
                .BeginDictionary()
                .EndItems()
                .Global("torch", "float32")
                .Op('t')
                .Op('R'),
    };

    private static void Typed(PickleWriter writer, string module, string type) => Arguments(
        writer.Global("torch._tensor", "_rebuild_from_type_v2")
            .Op('(')
            .Global("torch._utils", "_rebuild_tensor_v2")
            .Global(module, type)
            .Op('('), "FloatStorage", 64)
        .Op(0x89).BeginDictionary().EndItems().Op('t').Op('}').Op('(').Text("persistent").Op(0x88).Op('u').Op('t').Op('R');

    private static PickleWriter Arguments(PickleWriter writer, string storage, int elements) =>
        writer.Op('(')
            .Text("storage")
            .Global("torch", storage)
            .Text("0")
            .Text("cpu")
            .Number(elements)
            .Op('t')
            .Op('Q')
            .Number(3)
            .Numbers(2)
            .Numbers(1);

    public static TheoryData<string> WrappedNames => [.. Wrapped.Keys];

    [Theory]
    [MemberData(nameof(WrappedNames))]
    public void Tensors_in_any_wrapper_are_read(string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().Value(new Dictionary<string, object?> { ["w"] = Wrapped[kind] }).Stop();
        using var source = WeightFile.Open(PtFixture.Zip(folder["a.pt"], pickle, ("0", PickleWriter.Floats.Storage)));
        Assert.Equal([3f, 4f], source.Load("w").data<float>());
    }

    private static readonly Dictionary<string, (Action<PickleWriter> Write, string Said)> NotRead = new()
    {
        ["float8"] = (writer =>
            Arguments(writer.Global("torch._utils", "_rebuild_tensor_v3").Op('('), "UntypedStorage", 256)
                .Op(0x89)
                .BeginDictionary()
                .EndItems()
                .Global("torch", "float8_e4m3fn")
                .Op('t')
                .Op('R'), "'w' is stored as float8_e4m3fn, which is not read; convert it to float16, bfloat16 or float32"),
        ["complex"] = (writer =>
            Arguments(writer.Global("torch._utils", "_rebuild_tensor_v2").Op('('), "ComplexFloatStorage", 32)
                .Op(0x89)
                .BeginDictionary()
                .EndItems()
                .Op('t')
                .Op('R'), "'w' is stored as ComplexFloatStorage"),
        ["sparse"] = (writer => writer.Global("torch._utils", "_rebuild_sparse_tensor").Op('(').Op('N').Op(')').Op('t').Op('R'),
            "'w' is sparse; store it with to_dense()"),
        ["quantised"] = (writer => writer.Global("torch._utils", "_rebuild_qtensor").Op(')').Op('R'), "'w' is quantised"),
        ["meta"] = (writer => writer.Global("torch._utils", "_rebuild_meta_tensor_no_storage").Op(')').Op('R'), "'w' has no values"),
        ["negative view"] = (writer =>
            Arguments(writer.Global("torch._utils", "_rebuild_tensor_v2").Op('('), "FloatStorage", 64)
                .Op(0x89)
                .BeginDictionary()
                .EndItems()
                .Op('}')
                .Op('(')
                .Text("neg")
                .Op(0x88)
                .Op('u')
                .Op('t')
                .Op('R'), "resolve_neg()"),
    };

    public static TheoryData<string> NotReadNames => [.. NotRead.Keys];

    [Theory]
    [MemberData(nameof(NotReadNames))]
    public void A_tensor_that_cannot_be_read_is_told_by_name_and_does_not_stand_in_the_way_of_others(string kind)
    {
        using var folder = new TemporaryFolder();
        var (write, said) = NotRead[kind];
        byte[] Pickle(params (string Name, object? Value)[] entries) =>
            new PickleWriter().Value(entries.ToDictionary(entry => entry.Name, entry => entry.Value)).Stop();
        var alone = PtFixture.Zip(folder["alone.pt"], Pickle(("w", write)), ("0", PickleWriter.Floats.Storage));
        Assert.Contains(said, Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(alone)).Message, StringComparison.Ordinal);
        var model = new Dictionary<string, object?>
        {
            ["weight"] = new PickleWriter.Floats(0, 2, 3),
            ["bias"] = new PickleWriter.Floats(0, 2),
        };
        using (var source = WeightFile.Open(PtFixture.Zip(
            folder["beside.pt"],
            Pickle(("w", write), ("model", model)),
            ("0", PickleWriter.Floats.Storage))))
        using (var network = nn.Linear(3, 2))
            Assert.Equal("model", StateDict.LoadInto(network, source).Section);
        model["w"] = write;
        using var mixed = WeightFile.Open(PtFixture.Zip(folder["mixed.pt"], Pickle(("model", model)), ("0", PickleWriter.Floats.Storage)));
        Assert.Equal("w", Assert.Single(mixed.Unreadable).Key);
        Assert.Contains(said, Assert.ThrowsAny<MmDiffusionException>(() => mixed.Load("w")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n", "is a pointer of git-lfs")]
    [InlineData("<!DOCTYPE html><html>log in</html>", "is a web page")]
    public void What_stands_in_the_place_of_a_checkpoint_is_told(string content, string said)
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "a.pt", "a.safetensors" })
        {
            File.WriteAllText(folder[name], content);
            Assert.Contains(
                said,
                Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder[name])).Message,
                StringComparison.Ordinal);
        }
    }
}
