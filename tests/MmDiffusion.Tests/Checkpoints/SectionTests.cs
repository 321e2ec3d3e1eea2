using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;
using Tree = System.Collections.Generic.Dictionary<string, object?>;

namespace MmDiffusion.Tests.Checkpoints;

[Trait("group", "unit")]
public sealed class SectionTests
{
    /// <summary>What is asked for: a linear layer, whose weight begins with this number in the section that should be taken.</summary>
    private const int Right = 40;

    private static Tree Linear(int first, string prefix = "") =>
        new() { [prefix + "weight"] = new PickleWriter.Floats(first, 2, 3), [prefix + "bias"] = new PickleWriter.Floats(first, 2) };

    private static Tree Other =>
        new()
        {
            ["weight"] = new PickleWriter.Floats(0, 3, 3),
            ["bias"] = new PickleWriter.Floats(0, 3),
            ["more.weight"] = new PickleWriter.Floats(0, 1),
            ["more.bias"] = new PickleWriter.Floats(0, 1),
        };

    private static PickleWriter.Floats One => new(5, 1);

    private static PickleWriter.Floats Scalar => new(5);

    private static Tree With(Tree tree, string name, object? value) => new(tree) { [name] = value };

    private static object?[] List(params object?[] items) => items;

    private static readonly Dictionary<string, (object? Checkpoint, string Section)> Layouts = new()
    {
        ["plain"] = (Linear(Right), ""),
        ["state_dict and its average"] = (new Tree { ["state_dict"] = Linear(1), ["state_dict_ema"] = Linear(Right) }, "state_dict_ema"),
        ["model and its average"] = (new Tree { ["model"] = Linear(1), ["model_ema"] = Linear(Right) }, "model_ema"),
        ["average first"] = (new Tree { ["ema_model"] = Linear(Right), ["model"] = Linear(1) }, "ema_model"),
        ["average with its rate"] = (new Tree { ["net"] = Linear(1), ["ema_0.9999"] = Linear(Right) }, "ema_0.9999"),
        ["average in capitals"] = (new Tree { ["G"] = Linear(1), ["schemaModel"] = Linear(2), ["modelEMA"] = Linear(Right) }, "modelEMA"),
        ["params_ema"] = (new Tree { ["params"] = Linear(1), ["params_ema"] = Linear(Right) }, "params_ema"),
        ["weight averaging"] = (new Tree { ["model"] = Linear(1), ["swa_model"] = With(Linear(Right, "module."), "n_averaged", Scalar) },
            "swa_model.module"),
        ["one tensor beside"] = (new Tree { ["loss"] = One, ["model"] = Linear(Right) }, "model"),
        ["a step beside"] = (new Tree { ["step"] = Scalar, ["model"] = Linear(Right) }, "model"),
        ["a step behind"] = (new Tree { ["model"] = Linear(Right), ["step"] = Scalar }, "model"),
        ["another network first"] = (new Tree { ["discriminator"] = new Tree { ["weight"] = One }, ["generator"] = Linear(Right) },
            "generator"),
        ["a larger network beside"] = (new Tree { ["first_stage"] = Other, ["unet"] = Linear(Right) }, "unet"),
        ["an average of another network"] = (new Tree { ["ema"] = Other, ["model"] = Linear(Right) }, "model"),
        ["shadow"] = (new Tree
        {
            ["model"] = Linear(1),
            ["ema"] = new Tree { ["decay"] = Scalar, ["num_updates"] = Scalar, ["shadow"] = Linear(Right) },
        }, "ema.shadow"),
        ["shadow with what it keeps aside"] = (new Tree
        {
            ["ema"] = new Tree { ["decay"] = 1, ["backup"] = Linear(1), ["shadow"] = Linear(Right) },
        }, "ema.shadow"),
        ["shadow beside its counters"] = (new Tree
        {
            ["model"] = Linear(1),
            ["ema"] = With(With(Linear(Right), "decay", Scalar), "num_updates", Scalar),
        }, "ema"),
        ["shadow as a list"] = (new Tree
        {
            ["model"] = Linear(1),
            ["ema"] = new Tree
            {
                ["decay"] = 1,
                ["shadow_params"] = List(new PickleWriter.Floats(Right, 2, 3), new PickleWriter.Floats(Right, 2)),
            },
        }, "ema.shadow_params"),
        ["online and average"] = (new Tree { ["ema"] = new Tree { ["online_model"] = Linear(1), ["ema_model"] = Linear(Right) } },
            "ema.ema_model"),
        ["deep"] = (new Tree { ["a"] = new Tree { ["b"] = List(new Tree { ["c"] = Linear(Right) }) } }, "a.b.0.c"),
        ["deep average"] = (new Tree
        {
            ["state"] = new Tree { ["model"] = Linear(1), ["averaged"] = new Tree { ["module"] = Linear(Right) } },
        }, "state.averaged.module"),
        ["Lightning"] = (new Tree { ["epoch"] = 3, ["state_dict"] = With(Linear(Right, "model."), "loss.weight", One) },
            "state_dict.model"),
        ["Lightning with an average"] = (new Tree { ["state_dict"] = new Tree(Linear(1, "model.").Concat(Linear(Right, "ema_model."))) },
            "state_dict.ema_model"),
        ["DataParallel"] = (Linear(Right, "module."), "module"),
        ["compiled and parallel"] = (new Tree { ["model"] = Linear(Right, "module._orig_mod.") }, "model.module"),
        ["an optimiser with the same shapes"] = (new Tree
        {
            ["optimizer"] = new Tree { ["exp_avg"] = Linear(1), ["ema"] = Linear(2) },
            ["model"] = Linear(Right),
        }, "model"),
        ["moments beside"] = (new Tree { ["exp_avg"] = Linear(1), ["weights"] = Linear(Right), ["gradients"] = Linear(2) }, "weights"),
        ["a schema is no average"] = (new Tree { ["model"] = Linear(Right), ["schema"] = Linear(1) }, "model"),
        ["not the average"] = (new Tree { ["model_no_ema"] = Linear(1), ["model"] = Linear(Right) }, "model"),
        ["an average of what is not parallel"] = (new Tree { ["model"] = Linear(1), ["model_without_ddp_ema"] = Linear(Right) },
            "model_without_ddp_ema"),
        ["weights of what is not parallel"] = (new Tree { ["model_without_ddp"] = Linear(Right), ["model_without_ema"] = Linear(1) },
            "model_without_ddp"),
        ["a target network"] = (new Tree { ["model"] = Linear(1), ["target_model"] = Linear(Right) }, "target_model"),
        ["an ewma"] = (new Tree { ["net"] = Linear(1), ["net_ewma"] = Linear(Right) }, "net_ewma"),
        ["a momentum encoder"] = (new Tree { ["momentum_encoder"] = Linear(Right) }, "momentum_encoder"),
        ["an optimiser by parts of names"] = (new Tree
        {
            ["adam_state"] = new Tree { ["exp_avg"] = Linear(1) },
            ["optimizer_g"] = Linear(2),
            ["net"] = Linear(Right),
        }, "net"),
        ["all in one dict"] = (new Tree(
            Linear(Right).Concat(Linear(1, "optimizer.exp_avg.")).Concat(new Tree { ["loss_fn.weight"] = One })), ""),
        ["a whole module"] = (Module(Linear(Right)), ""),
        ["a whole module in a dict"] = (new Tree { ["epoch"] = 1, ["ema"] = Module(Linear(Right)) }, "ema"),
        ["a module that is parallel"] = (new Tree { ["net"] = new Tree { ["_orig_mod"] = Linear(Right) } }, "net"),
        ["a name that is set again"] = (Twice("model", Linear(1), Linear(Right)), "model"),
    };

    private static object Module(Tree parameters) => (Action<PickleWriter>)(writer => writer
        .Global("own.networks", "Net")
        .Op(')')
        .Op(0x81)
        .Value(new Tree { ["training"] = false, ["_parameters"] = parameters, ["_buffers"] = new Tree(), ["_modules"] = new Tree() })
        .Op('b'));

    private static object Twice(string name, Tree first, Tree second) =>
        (Action<PickleWriter>)(writer => writer.Op('}').Op('(').Text(name).Value(first).Text(name).Value(second).Op('u'));

    public static TheoryData<string> Names => [.. Layouts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_section_that_fits_the_network_is_taken_an_average_first(string layout)
    {
        using var folder = new TemporaryFolder();
        var (checkpoint, section) = Layouts[layout];
        var pickle = new PickleWriter().Value(checkpoint).Stop();
        foreach (var path in new[]
        {
            PtFixture.Zip(folder["zip.pt"], pickle, ("0", PickleWriter.Floats.Storage)),
            PtFixture.Legacy(folder["old.pt"], pickle, ("0", PickleWriter.Floats.Stored, PickleWriter.Floats.Storage)),
        })
        {
            using var source = WeightFile.Open(path);
            var taken = Load(source);
            Assert.Equal(section, taken.Section);
            Assert.Equal(section is "" or "module", StateDict.Choice(taken, "a.pt") is null);
        }
    }

    private static IWeightSource Load(IWeightSource source)
    {
        using var network = nn.Linear(3, 2);
        var taken = StateDict.LoadInto(network, source, "a.pt");
        using var scope = NewDisposeScope();
        Assert.Equal(Enumerable.Range(Right, 6).Select(i => (float)i), network.weight.detach().data<float>().ToArray());
        Assert.Equal([Right, Right + 1], network.bias!.detach().data<float>().ToArray());
        return taken;
    }

    [Theory]
    [InlineData("model")]
    [InlineData("ema.shadow")]
    [InlineData("ema")]
    public void A_section_that_is_asked_for_is_taken(string section)
    {
        using var folder = new TemporaryFolder();
        var isModel = section == "model";
        var tree = new Tree { ["model"] = Linear(isModel ? Right : 1), ["ema"] = new Tree { ["shadow"] = Linear(isModel ? 1 : Right) } };
        using var source = WeightFile.Open(Zip(folder, tree), section);
        Assert.Equal(isModel ? "model" : "ema.shadow", Load(source).Section);
        Assert.Equal(["weight", "bias"], source.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void A_prefix_of_names_and_an_optimiser_s_state_are_sections_too_where_they_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        var tree = new Tree
        {
            ["state_dict"] = new Tree(Linear(1, "ema.").Concat(Linear(Right, "model."))),
            ["optimizer"] = new Tree { ["exp_avg"] = Linear(Right) },
        };
        var path = Zip(folder, tree);
        using (var source = WeightFile.Open(path, "state_dict.model")) Load(source);
        using (var source = WeightFile.Open(path, "optimizer.exp_avg")) Load(source);
    }

    [Fact]
    public void A_section_that_is_not_there_is_told_with_those_that_are()
    {
        using var folder = new TemporaryFolder();
        var path = Zip(folder, new Tree { ["model"] = Linear(1), ["ema"] = new Tree { ["shadow"] = Linear(2) } });
        foreach (var section in new[] { "mod", "model.weights", "shadow", "ema.shadow.weight.x" })
            Assert.Contains(
                $"no section '{section}' with tensors; it has 'model', 'ema.shadow'",
                Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(path, section)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Names_in_safetensors_have_sections_too_as_in_the_state_of_a_training()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var sections = new Dictionary<string, float>
        {
            ["weights"] = 1,
            ["first_moment"] = 2,
            ["average_0.9"] = Right,
            ["average_0.5"] = 3,
        };
        SafetensorsWriter.Write(folder["state.safetensors"], sections.SelectMany(section => new[]
        {
            KeyValuePair.Create($"{section.Key}.weight", (arange(6) + section.Value).to_type(ScalarType.Float32).view(2, 3)),
            KeyValuePair.Create($"{section.Key}.bias", (arange(2) + section.Value).to_type(ScalarType.Float32)),
        }));
        using (var source = WeightFile.Open(folder["state.safetensors"]))
        {
            var taken = Load(source);
            Assert.Equal("average_0.9", taken.Section);
            Assert.Equal(["average_0.5", "weights"], taken.OtherSections);
            Assert.Equal(
                "of 'state' the section 'average_0.9' is taken; the section 'average_0.5', the section 'weights' would fit as well",
                StateDict.Choice(taken, "state"));
            Assert.Equal(8, source.Entries.Count);
        }
        foreach (var (name, value) in sections)
        {
            using var source = WeightFile.Open(folder["state.safetensors"], name);
            Assert.Equal(value, source.Load("bias")[0].item<float>());
        }
        Assert.Contains(
            "it has 'weights', 'first_moment', 'average_0.9', 'average_0.5'",
            Assert.ThrowsAny<MmDiffusionException>(() => WeightFile.Open(folder["state.safetensors"], "ema")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_average_whose_names_have_lost_their_dots_is_found()
    {
        using var folder = new TemporaryFolder();
        var tree = new Tree
        {
            ["state_dict"] = new Tree(Linear(1, "model.unet.in.").Concat(Linear(Right, "model_ema.unetin")).Append(KeyValuePair.Create(
                "model_ema.decay",
                (object?)Scalar))),
        };
        using var source = WeightFile.Open(Zip(folder, tree));
        using var network = nn.Sequential(("in", nn.Linear(3, 2)));
        Assert.Equal("state_dict.model_ema.unet", StateDict.LoadInto(network, source).Section);
        using var scope = NewDisposeScope();
        Assert.Equal(Right, network.parameters().First()[0, 0].item<float>());
    }

    [Fact]
    public void Whole_numbers_where_fractions_belong_are_refused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var network = nn.Linear(3, 2);
        SafetensorsWriter.Write(
            folder["a"],
            new Dictionary<string, Tensor> { ["weight"] = ones(2, 3, ScalarType.Int8), ["bias"] = ones(2) });
        using (var source = WeightFile.Open(folder["a"]))
            Assert.Contains(
                "1 of whole numbers where fractions belong (weight Int8)",
                Assert.ThrowsAny<MmDiffusionException>(() => StateDict.LoadInto(network, source)).Message,
                StringComparison.Ordinal);
    }

    private static string Zip(TemporaryFolder folder, object? tree) =>
        PtFixture.Zip(folder["a.pt"], new PickleWriter().Value(tree).Stop(), ("0", PickleWriter.Floats.Storage));
}
