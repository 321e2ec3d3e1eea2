using System.Text.Json.Serialization;

namespace MmDiffusion.Primitives;

/// <summary>How random values are made of a seed. The names are those in manifests and training states.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RandomGenerator>))]
public enum RandomGenerator
{
    /// <summary>
    /// Philox4x32-10, see <see cref="PhiloxRandom"/>: all 64 bits of a seed count, and noise is a function of step, modality and frame.
    /// </summary>
    [JsonStringEnumMemberName(RandomGenerators.PhiloxName)]
    Philox,

    /// <summary>
    /// PyTorch's Mersenne Twister, see <see cref="SeededRandom"/>, which uses the lower 32 bits of a seed: for clips and runs of versions
    /// that had no other, whose manifests and states name none.
    /// </summary>
    [JsonStringEnumMemberName(RandomGenerators.MersenneTwisterName)]
    MersenneTwister,
}

/// <summary>Names of the generators, and the sources they make.</summary>
public static class RandomGenerators
{
    /// <summary>The name of <see cref="RandomGenerator.Philox"/>.</summary>
    public const string PhiloxName = "philox4x32-10";

    /// <summary>The name of <see cref="RandomGenerator.MersenneTwister"/>.</summary>
    public const string MersenneTwisterName = "mt19937";

    /// <summary>The generator of a name; null where there is none of that name.</summary>
    /// <param name="name">As <see cref="Name"/> gives it.</param>
    public static RandomGenerator? Find(string name) => name switch
    {
        PhiloxName => RandomGenerator.Philox,
        MersenneTwisterName => RandomGenerator.MersenneTwister,
        _ => null,
    };

    /// <summary>The name of a generator.</summary>
    /// <param name="generator">The generator.</param>
    public static string Name(this RandomGenerator generator) => generator == RandomGenerator.Philox ? PhiloxName : MersenneTwisterName;

    /// <summary>Makes the source of a seed, to be disposed where it can be.</summary>
    /// <param name="generator">How values are made.</param>
    /// <param name="seed">Any value.</param>
    public static IRandomSource Create(this RandomGenerator generator, ulong seed) =>
        generator == RandomGenerator.Philox ? new PhiloxRandom(seed) : new SeededRandom(seed);
}
