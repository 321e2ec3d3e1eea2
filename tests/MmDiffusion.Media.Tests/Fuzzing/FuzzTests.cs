using System.Text;
using System.Text.Json;
using MmDiffusion.Testing.Fuzzing;

namespace MmDiffusion.Media.Tests.Fuzzing;

/// <summary>What would let a faulty parser pass is found here.</summary>
[Trait("group", "fuzz")]
[Collection("fuzz")]
public class FuzzTests
{
    private static readonly byte[][] Samples = [[.. "one sample, long enough to be hit"u8], [.. "another"u8]];

    [Fact]
    public void Mutations_are_the_same_in_each_run_and_differ_among_each_other()
    {
        foreach (var mutator in new IMutator[]
        {
            new ByteMutator(Samples, [[1, 2, 3]]),
            new JsonMutator(["""{"a":[1,{"b":null}],"c":"d"}"""]),
        })
        {
            var first = All(mutator);
            Assert.Equal(first, All(mutator));
            Assert.True(first.Distinct().Count() > 1000);
        }

        static List<string> All(IMutator mutator)
        {
            var inputs = new List<string>();
            Fuzz.Run(mutator, input => inputs.Add(Convert.ToHexString(input)), 2000);
            return inputs;
        }
    }

    [Fact]
    public void Most_mutations_of_json_are_still_json()
    {
        var result = Fuzz.Run(new JsonMutator(["""{"a":[1,{"b":null}],"c":"d"}"""]), input =>
        {
            try
            {
                JsonDocument.Parse(input).Dispose();
            }
            catch (JsonException exception)
            {
                throw new MmDiffusionException("not JSON", exception);
            }
        }, 2000);
        Assert.InRange(result.Accepted, 1000, 1900);
    }

    [Fact]
    public void Refusals_are_counted_and_another_exception_fails_with_its_input()
    {
        Assert.Equal(new FuzzResult(99, 1), Fuzz.Run(new ByteMutator(Samples), OnThird(() => throw new MmDiffusionException("no")), 100));
        var failure = Assert.Throws<InvalidOperationException>(() =>
            Fuzz.Run(new ByteMutator(Samples), OnThird(() => throw new FormatException("odd")), 100));
        Assert.StartsWith("mutation 2 of ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("FormatException: odd", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_that_takes_too_long_fails()
    {
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() =>
            Fuzz.Run(new ByteMutator(Samples), OnThird(() => Thread.Sleep(2100), twice: true), 100));
        Assert.Contains("takes 2.1 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_that_takes_too_much_memory_fails()
    {
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() =>
            Fuzz.Run(new ByteMutator(Samples), OnThird(() => GC.KeepAlive(new byte[300 << 20])), 100));
        Assert.Contains("takes 300 MB of managed memory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_that_is_refused_fails() =>
        Assert.ThrowsAny<MmDiffusionException>(() => Fuzz.Run(new ByteMutator(Samples), _ => throw new MmDiffusionException("no"), 100));

    [Fact]
    public void Values_and_names_of_json_are_exchanged_removed_and_repeated()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Fuzz.Run(new JsonMutator(["""{"a":[1,2],"c":"d"}"""]), input => seen.Add(Encoding.UTF8.GetString(input)));
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal)
        {
            """{"a":null,"c":"d"}""", """{"a":[1,null],"c":"d"}""", """{"c":"d"}""", """{"a":[1],"c":"d"}""", """{"a":[1,2]}""",
            """{"a":[1,2],"a":[1,2],"c":"d"}""",
            """{"a":[1,2],"c":1e400}""", """{"a":"d","c":"d"}""",
        }, seen);
    }

    /// <summary>Acts on the third mutation: the samples come first.</summary>
    private static Action<byte[]> OnThird(Action act, bool twice = false)
    {
        var call = 0;
        return _ =>
        {
            call++;
            if (call == 5 || (twice && call == 6)) act();
        };
    }
}
