using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Checkpoints;

[Trait("group", "unit")]
public sealed class PyTorchFileTests
{
    private static byte[] Views() => new PickleWriter().BeginDictionary()
        .Text("module.slice").Tensor("FloatStorage", "0", 6, 2, [3], [1])
        .Text("module.transposed").Tensor("FloatStorage", "0", 6, 0, [3, 2], [1, 3])
        .Text("module.scalar").Tensor("FloatStorage", "0", 6, 5, [], [])
        .Text("module.empty").Tensor("FloatStorage", "0", 6, 0, [0, 4], [4, 1])
        .EndItems().Stop();

    private static void AssertViews(string path)
    {
        using var scope = NewDisposeScope();
        using var source = WeightFile.Open(path);
        Assert.Equal(["slice", "transposed", "scalar", "empty"], source.Entries.Select(entry => entry.Name));
        Assert.Equal([2f, 3f, 4f], source.Load("slice").data<float>());
        Assert.Equal([0f, 3f, 1f, 4f, 2f, 5f], source.Load("transposed").data<float>());
        Assert.Equal(5f, source.Load("scalar").item<float>());
        Assert.Equal([0, 4], source.Load("empty").shape);
    }

    [Fact]
    public void Tensors_that_share_a_storage_are_read_by_their_strides()
    {
        using var folder = new TemporaryFolder();
        AssertViews(PtFixture.Zip(folder["a.pt"], Views(), ("0", PtFixture.Floats(0, 1, 2, 3, 4, 5))));
    }

    [Fact]
    public void The_older_form_is_read_too()
    {
        using var folder = new TemporaryFolder();
        AssertViews(PtFixture.Legacy(folder["a.pt"], Views(), ("0", 6, PtFixture.Floats(0, 1, 2, 3, 4, 5))));
    }

    [Theory]
    [InlineData("HalfStorage", ScalarType.Float16, new byte[] { 0x00, 0x3c })]
    [InlineData("BFloat16Storage", ScalarType.BFloat16, new byte[] { 0x80, 0x3f })]
    [InlineData("DoubleStorage", ScalarType.Float64, new byte[] { 0, 0, 0, 0, 0, 0, 0xf0, 0x3f })]
    [InlineData("LongStorage", ScalarType.Int64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("BoolStorage", ScalarType.Bool, new byte[] { 1 })]
    public void Every_type_is_kept(string storage, ScalarType type, byte[] one)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().BeginDictionary().Text("one").Tensor(storage, "0", 1, 0, [1], [1]).EndItems().Stop();
        using var source = WeightFile.Open(PtFixture.Zip(folder["a.pt"], pickle, ("0", one)));
        var tensor = source.Load("one");
        Assert.Equal(type, tensor.dtype);
        Assert.Equal(1.0, tensor.to_type(ScalarType.Float64).item<double>());
    }

    [Fact]
    public void Of_several_state_dicts_the_smoothed_one_is_taken()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().BeginDictionary()
            .Text("step").Number(7)
            .Text("model").BeginDictionary().Text("w").Tensor("FloatStorage", "0", 2, 0, [1], [1]).EndItems()
            .Text("ema").BeginDictionary().Text("w").Tensor("FloatStorage", "0", 2, 1, [1], [1]).EndItems()
            .EndItems().Stop();
        using var source = WeightFile.Open(PtFixture.Zip(folder["a.pt"], pickle, ("0", PtFixture.Floats(1, 2))));
        Assert.Equal(2f, source.Load("w").item<float>());
    }

    [Fact]
    public void An_ordered_dict_with_attributes_and_newer_instructions_are_read()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter(4)
            .Op(0x95, 0, 0, 0, 0, 0, 0, 0, 0)
            .Op(0x8c, 11)
            .Op("collections"u8.ToArray())
            .Op(0x94)
            .Op(0x8c, 11)
            .Op("OrderedDict"u8.ToArray())
            .Op(0x93)
            .Op(0x94)
            .Op(')')
            .Op('R')
            .Op(0x94)
            .Op('(')
            .Text("w")
            .Tensor("FloatStorage", "0", 1, 0, [1], [1])
            .Op('u')
            .Op('}')
            .Op('(')
            .Text("_metadata")
            .BeginDictionary()
            .EndItems()
            .Op('u')
            .Op('b')
            .Stop();
        using var source = WeightFile.Open(PtFixture.Zip(folder["a.pt"], pickle, ("0", PtFixture.Floats(1))));
        Assert.Equal("w", Assert.Single(source.Entries).Name);
    }

    [Theory]
    [MemberData(nameof(Evil))]
    public void Whatever_weights_do_not_need_is_refused_by_name(string kind, byte[] pickle, string named)
    {
        using var folder = new TemporaryFolder();
        var path = PtFixture.Zip(folder[$"{kind}.pt"], pickle);
        Assert.Contains(named, Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(path)).Message, StringComparison.Ordinal);
        path = PtFixture.Legacy(folder[$"{kind}.old.pt"], pickle);
        Assert.Contains(named, Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(path)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> Evil() => new()
    {
        {
            "system",
            new PickleWriter().Global("os", "system").Op('(').Text("touch /tmp/mmdiff-owned").Op('t').Op('R').Stop(),
            "'os.system'"
        },
        { "posix", new PickleWriter().Op('(').Text("x").Op('t').Global("posix", "system").Op('R').Stop(), "'posix.system'" },
        { "eval", new PickleWriter().Text("builtins").Text("eval").Op(0x93).Op('(').Text("1").Op('t').Op('R').Stop(), "'builtins.eval'" },
        { "inst", new PickleWriter().Op('(').Text("x").Op('i').Op("os\nsystem\n"u8.ToArray()).Stop(), "'os.system'" },
        { "load", new PickleWriter().Global("torch", "load").Stop(), "'torch.load'" },
        { "dotted", new PickleWriter().Text("torch._utils").Text("_rebuild_tensor_v2.__globals__").Op(0x93).Stop(), "__globals__" },
        { "obj", new PickleWriter().Op('(').Global("collections", "OrderedDict").Op('o').Stop(), "0x6f" },
        { "newobj", new PickleWriter().Global("collections", "OrderedDict").Op(')').Op(0x81).Stop(), "no tensors" },
        { "process", new PickleWriter().Global("subprocess", "Popen").Op('(').Text("id").Op('t').Op(0x81).Stop(), "'subprocess.Popen'" },
        { "old name", new PickleWriter().Global("__builtin__", "eval").Op('(').Text("1").Op('t').Op('R').Stop(), "'__builtin__.eval'" },
        { "attribute", new PickleWriter().Global("builtins", "getattr").Stop(), "'builtins.getattr'" },
        { "below", new PickleWriter().Global("torch.hub", "load").Stop(), "'torch.hub.load'" },
        {
            "own function",
            new PickleWriter().Global("model.tools", "restore").Op(')').Op('R').Stop(),
            "'model.tools.restore', which weights do not need and which could run code"
        },
        {
            "function in a tensor",
            new PickleWriter().Global("torch._tensor", "_rebuild_from_type_v2")
                .Op('(')
                .Global("own", "run")
                .Op('N')
                .Op(')')
                .Op('}')
                .Op('t')
                .Op('R')
                .Stop(),
            "'own.run'"
        },
        { "result called", new PickleWriter().Global("own", "Maker").Op(')').Op('R').Op(')').Op('R').Stop(), "where a function belongs" },
        { "extension", new PickleWriter().Op(0x82, 1).Stop(), "0x82" },
        { "persistent text", new PickleWriter().Op('P').Op("x\n"u8.ToArray()).Stop(), "0x50" },
        { "type called", new PickleWriter().Global("torch", "float32").Op(')').Op('R').Stop(), "no function" },
        { "build on a list", new PickleWriter().Op(']').Op('}').Op('b').Stop(), "where a dict belongs" },
        { "underflow", new PickleWriter().Op('R').Stop(), "empty stack" },
        { "no mark", new PickleWriter().Op('t').Stop(), "no mark" },
        { "memo", new PickleWriter().Op((byte)'h', 9).Stop(), "never kept" },
        { "huge text", new PickleWriter().Op((byte)'X', 0xff, 0xff, 0xff, 0xff).Stop(), "cut short" },
        { "endless line", new PickleWriter().Op('V').Op([.. Enumerable.Repeat((byte)'x', 100_000)]).Stop(), "a line of more than" },
        { "huge bytes", new PickleWriter(4).Op(0x8e, 0, 0, 0, 0, 0, 0, 0, 0x7f).Stop(), "cut short" },
        { "a list", new PickleWriter().Op(']').Stop(), "checkpoint's weights" },
        { "no tensors", new PickleWriter().BeginDictionary().Text("a").Number(1).EndItems().Stop(), "no tensors" },
        {
            "a dict in itself",
            new PickleWriter().Op('}').Op((byte)'q', 0).Op('(').Text("self").Op((byte)'h', 0).Op('u').Stop(),
            "no tensors"
        },
    };

    [Theory]
    [InlineData(4, new[] { 5 }, new[] { 1 })]
    [InlineData(-1, new[] { 1 }, new[] { 1 })]
    [InlineData(0, new[] { 2, 2 }, new[] { 3, 1 })]
    [InlineData(0, new[] { 2 }, new[] { -1 })]
    [InlineData(0, new[] { -2 }, new[] { 1 })]
    [InlineData(0, new[] { int.MaxValue, int.MaxValue, int.MaxValue }, new[] { 0, 0, 0 })]
    [InlineData(0, new[] { 2, 2 }, new[] { int.MaxValue, int.MaxValue })]
    [InlineData(0, new[] { 2 }, new int[] { })]
    public void A_tensor_beyond_its_storage_is_refused(int offset, int[] shape, int[] strides)
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().BeginDictionary()
            .Text("w")
            .Tensor("FloatStorage", "0", 4, offset, shape, strides)
            .EndItems()
            .Stop();
        var path = PtFixture.Zip(folder["a.pt"], pickle, ("0", PtFixture.Floats(0, 1, 2, 3)));
        Assert.Contains(
            "does not fit its storage",
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_storage_smaller_than_it_claims_is_refused()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleWriter().BeginDictionary().Text("w").Tensor("FloatStorage", "0", 4, 0, [4], [1]).EndItems().Stop();
        Assert.ThrowsAny<MmDiffusionException>(() =>
            WeightFile.Open(PtFixture.Zip(folder["short.pt"], pickle, ("0", PtFixture.Floats(0, 1, 2)))));
        Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(PtFixture.Zip(folder["none.pt"], pickle)));
        Assert.ThrowsAny<MmDiffusionException>(() =>
            WeightFile.Open(PtFixture.Legacy(folder["old.pt"], pickle, ("0", 4, PtFixture.Floats(0, 1, 2)))));
    }

    [Fact]
    public void A_damaged_file_is_a_sentence_wherever_it_is_damaged()
    {
        using var folder = new TemporaryFolder();
        var zip = File.ReadAllBytes(PtFixture.Zip(folder["a.pt"], Views(), ("0", PtFixture.Floats(0, 1, 2, 3, 4, 5))));
        var old = File.ReadAllBytes(PtFixture.Legacy(folder["b.pt"], Views(), ("0", 6, PtFixture.Floats(0, 1, 2, 3, 4, 5))));
        var random = new Random(1);
        foreach (var whole in new[] { zip, old })
        {
            for (var i = 0; i < 1500; i++)
            {
                var damaged = i % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
                for (var flips = random.Next(1, 4); flips > 0 && damaged.Length > 0; flips--)
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                ReadAll(damaged, folder["damaged.pt"]);
            }
        }
    }

    private static void ReadAll(byte[] content, string path)
    {
        File.WriteAllBytes(path, content);
        try
        {
            using var scope = NewDisposeScope();
            using var source = WeightFile.Open(path);
            foreach (var entry in source.Entries) source.Load(entry.Name);
        }
        catch (MmDiffusionException)
        {
            // A sentence is what damage should give; any other exception fails the test.
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("just text, no weights at all")]
    public void What_is_no_checkpoint_is_said_so(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.pt"], content);
        Assert.Contains(
            "neither a safetensors file nor a PyTorch checkpoint",
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["a.pt"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "cannot read",
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["missing.pt"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "cannot read",
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }
}
