using System.ComponentModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Collectives;

/// <summary>
/// Processes that work as one. Every rank makes the same calls in the same order, but for what <see cref="HandOut"/> returns; one thread
/// may make them after another, but no two at once. Tensors may live on any device: an implementation that reaches only the CPU's memory
/// copies, one that reaches the device's does not.
/// </summary>
public interface ICollective : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are, at least 1.</summary>
    int Size { get; }

    /// <summary>Replaces values by their sum over all ranks, the same bits on each, and the same in every run.</summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <param name="wire">How values travel. Sums are float32 in any case.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void AllReduce(Tensor values, WireFormat wire = WireFormat.Float32);

    /// <summary>What this rank owns of a tensor, in order. Every value has one owner; not every rank need own any.</summary>
    /// <param name="count">The tensor's values.</param>
    IReadOnlyList<Shard> Shards(int count);

    /// <summary>
    /// The first half of an <see cref="AllReduce"/>: this rank's <see cref="Shards"/> have the bits they would have after it, and other
    /// values are of no use.
    /// </summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <param name="wire">How values travel.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void ReduceScatter(Tensor values, WireFormat wire = WireFormat.Float32);

    /// <summary>The second half: replaces the values of others' <see cref="Shards"/> by what their owners have, as they are.</summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void AllGather(Tensor values);

    /// <summary>Replaces values by those of one rank.</summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <param name="root">The rank that has them.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void Broadcast(Tensor values, int root);

    /// <summary>Gives each rank what all of them have: some bytes each, not necessarily as many.</summary>
    /// <param name="bytes">This rank's, fewer than 2 GiB.</param>
    /// <returns>Those of every rank, by rank.</returns>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    IReadOnlyList<byte[]> AllGather(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Hands out numbers, each to one rank, to whoever asks first. All ranks begin together, and each asks until none is left.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    IHandout HandOut(int count);
}

/// <summary>How values travel between ranks.</summary>
public enum WireFormat
{
    /// <summary>As they are.</summary>
    Float32,

    /// <summary>Rounded to bfloat16: half the bytes, a relative error of up to 2⁻⁹ each time they travel.</summary>
    BFloat16,
}

/// <summary>Neighbouring values that one rank owns.</summary>
/// <param name="Start">The first, from 0.</param>
/// <param name="Length">How many, at least 1.</param>
public readonly record struct Shard(long Start, long Length)
{
    /// <summary>
    /// Shards begin at multiples of this many values, so that what is computed block by block does not depend on who owns which.
    /// </summary>
    public const int Grain = 1 << 14;
}

/// <summary>Numbers that ranks take as they find time.</summary>
public interface IHandout
{
    /// <summary>Takes the next number. Every rank asks until there is none.</summary>
    /// <returns>One that no other rank has; null when all are taken.</returns>
    /// <exception cref="MmDiffusionException">The rank that hands them out is gone.</exception>
    int? Next();

    /// <summary>Ends the hand-out for all ranks, instead of asking on: what nobody has taken stays untaken.</summary>
    /// <exception cref="MmDiffusionException">The rank that hands them out is gone.</exception>
    void Abandon();
}

/// <summary>This rank has to end since another one did, or could not begin. One rank tells the user; the others say nothing.</summary>
public sealed class RankLostException : MmDiffusionException
{
    /// <summary>Another rank does not answer, and the run is being ended.</summary>
    /// <param name="lost">The other.</param>
    /// <param name="rank">This one.</param>
    public RankLostException(int lost, int rank)
        : base($"rank {lost} no longer answers, and the run is being ended; see above what became of it, then resume the run")
        => (IsSaidElsewhere, EndsRun) = (rank != 0, true);

    /// <summary>Another rank says what is wrong.</summary>
    /// <param name="message">What.</param>
    public RankLostException(string message) : base(message) => IsSaidElsewhere = true;

    /// <inheritdoc/>
    public override bool EndsRun { get; }

    /// <summary>Whether another rank tells the user.</summary>
    public bool IsSaidElsewhere { get; }
}

/// <summary>What ranks do together, out of the few calls of an <see cref="ICollective"/>.</summary>
public static class CollectiveExtensions
{
    private static readonly JsonSerializerOptions Json = StrictJson.Of(new JsonSerializerOptions
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    });

    /// <summary>Whether a condition holds on any rank; the answer is the same on all.</summary>
    /// <param name="ranks">All ranks.</param>
    /// <param name="here">Whether it holds on this one.</param>
    public static bool Any(this ICollective ranks, bool here) => ranks.AllGather([here ? (byte)1 : (byte)0]).Any(bytes => bytes[0] != 0);

    /// <summary>Does on every rank what may fail on some.</summary>
    /// <param name="ranks">All ranks.</param>
    /// <param name="work">Makes no collective call.</param>
    /// <exception cref="MmDiffusionException">It failed here, and on no rank before this one.</exception>
    /// <exception cref="RankLostException">It failed on another rank, which says why.</exception>
    public static T Together<T>(this ICollective ranks, Func<T> work)
    {
        var (result, failure) = Try(work);
        var messages = ranks.AllGather(Encoding.UTF8.GetBytes(failure?.Message ?? ""));
        var first = Enumerable.Range(0, ranks.Size).FirstOrDefault(rank => messages[rank].Length > 0, -1);
        if (first == -1) return result!;
        (result as IDisposable)?.Dispose();
        if (first != ranks.Rank) throw new RankLostException(Encoding.UTF8.GetString(messages[first]));
        throw first == 0 ? failure! : new MmDiffusionException($"rank {first} on {Environment.MachineName}: {failure!.Message}", failure);
    }

    /// <summary>The same for work without a result.</summary>
    /// <param name="ranks">All ranks.</param>
    /// <param name="work">Calls no other rank.</param>
    /// <exception cref="MmDiffusionException">It failed, here or on another rank.</exception>
    public static void Together(this ICollective ranks, Action work) => ranks.Together(() =>
    {
        work();
        return true;
    });

    /// <summary>
    /// Does pieces of work that are handed out by number, each on one rank; all ranks continue together, whatever failed on one.
    /// </summary>
    /// <param name="ranks">All ranks.</param>
    /// <param name="count">How many pieces.</param>
    /// <param name="work">
    /// Given the number of each that this rank takes; makes no collective call. None begins any more once one has failed.
    /// </param>
    /// <exception cref="MmDiffusionException">A piece failed here, and none on a rank before this one.</exception>
    /// <exception cref="RankLostException">One failed on another rank, which says why; or a rank is gone.</exception>
    public static void ShareOut(this ICollective ranks, int count, Action<int> work)
    {
        var handout = ranks.HandOut(count);
        ranks.Together(() =>
        {
            try
            {
                while (handout.Next() is { } number) work(number);
            }
            catch (MmDiffusionException exception) when (!exception.EndsRun)
            {
                handout.Abandon();
                throw;
            }
            return true;
        });
    }

    /// <summary>Checks that facts are the same on every rank, and that all run the same build of this library.</summary>
    /// <param name="ranks">All ranks.</param>
    /// <param name="facts">Names, and what they are here.</param>
    /// <param name="advice">What to do where they are not.</param>
    /// <exception cref="MmDiffusionException">On the first rank: they are not the same.</exception>
    /// <exception cref="RankLostException">On the others, likewise.</exception>
    public static void RequireSame(this ICollective ranks, IReadOnlyList<(string Name, string Value)> facts, string advice) =>
        ranks.RequireSame(BuildVersion.Current, facts, advice);

    internal static void RequireSame(
        this ICollective ranks,
        string version,
        IReadOnlyList<(string Name, string Value)> facts,
        string advice)
    {
        facts = [("version", version), .. facts];
        string[] own = [Environment.MachineName, .. facts.Select(fact => fact.Value)];
        var all = ranks.GatherJson(own);
        for (var rank = 1; rank < ranks.Size; rank++)
        {
            var different = facts.Select(fact => fact.Name).Where((_, i) => all[rank].ElementAtOrDefault(i + 1) != all[0][i + 1]).ToList();
            if (different.Count == 0 && all[rank].Length == all[0].Length) continue;
            var message = $"rank {rank} on {all[rank][0]} and rank 0 on {all[0][0]} do not have the same "
                + $"{string.Join(", ", different)}; {advice}";
            throw ranks.Rank == 0 ? new MmDiffusionException(message) : new RankLostException(message);
        }
    }

    /// <summary>What the user should know where ranks compute with different numbers of threads; null where they do not.</summary>
    /// <param name="ranks">All ranks.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static string? ThreadNotice(this ICollective ranks)
    {
        var threads = ranks.GatherJson(TorchRuntime.Threads);
        return threads.All(count => count == threads[0])
            ? null
            : $"ranks compute with different numbers of threads ({string.Join(", ", threads)}, by rank), which may change the last bits of "
                + "results; for the same bytes whoever computes, start every rank with the same OMP_NUM_THREADS";
    }

    /// <summary>Gives each rank what all of them have, as JSON.</summary>
    /// <param name="ranks">All ranks.</param>
    /// <param name="own">This rank's; NaN and infinities among its numbers are kept.</param>
    /// <returns>Those of every rank, by rank.</returns>
    /// <exception cref="MmDiffusionException">Another rank is gone, or sent something else.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static IReadOnlyList<T> GatherJson<T>(this ICollective ranks, T own) where T : notnull =>
        [.. ranks.AllGather(JsonSerializer.SerializeToUtf8Bytes(own, Json)).Select((bytes, rank) => ReadMessage<T>(bytes, rank))];

    /// <exception cref="MmDiffusionException">It is no such message.</exception>
    internal static T ReadMessage<T>(ReadOnlySpan<byte> json, int rank) where T : notnull
    {
        try
        {
            return StrictJson.Read<T>(json, Json);
        }
        catch (JsonException exception)
        {
            throw new MmDiffusionException(
                $"rank {rank} sent a message that was not understood ({exception.Message}); start all "
                + "ranks with the same build of this program",
                exception);
        }
    }

    private static (T? Result, MmDiffusionException? Failure) Try<T>(Func<T> work)
    {
        try
        {
            return (work(), null);
        }
        catch (MmDiffusionException exception) when (!exception.EndsRun)
        {
            return (default, exception);
        }
    }
}
