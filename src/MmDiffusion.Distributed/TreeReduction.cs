using System.Numerics;
using System.Runtime.InteropServices;
using MmDiffusion.Collectives;

namespace MmDiffusion.Distributed;

/// <summary>
/// Sums over ranks: halves are exchanged with partners at distance 1, 2, 4, …, each keeping the sum of one half, then handed back the
/// same way (Rabenseifner, 2004): 2·(N−1)/N of the bytes, in 2·log₂ N messages. Ranks beyond a power of two give theirs to another
/// first.
/// </summary>
/// <param name="transport">Carries the bytes.</param>
/// <param name="wire">How values travel.</param>
/// <param name="grain">Halves begin at multiples of it.</param>
internal sealed class TreeReduction(ITransport transport, WireFormat wire, int grain)
{
    // Messages of this size keep the extra memory small and both directions of a link busy.
    private const int Piece = 1 << 20;
    private const int Whole = 4 * Piece;

    private byte[]? _sent;
    private byte[]? _received;
    private readonly int _power = (int)BitOperations.RoundUpToPowerOf2((uint)transport.Size + 1) / 2;

    /// <summary>Replaces values by their sums.</summary>
    internal void AllReduce(Span<float> values)
    {
        foreach (var (start, length) in Wholes(values.Length))
        {
            Scatter(values.Slice(start, length));
            Gather(values.Slice(start, length));
        }
    }

    /// <summary>Replaces the values of <see cref="Shards"/> by their sums, and the others by anything.</summary>
    internal void ReduceScatter(Span<float> values)
    {
        foreach (var (start, length) in Wholes(values.Length)) Scatter(values.Slice(start, length));
    }

    /// <summary>Replaces the values that are not of <see cref="Shards"/> by those of the ranks that own them.</summary>
    internal void AllGather(Span<float> values)
    {
        foreach (var (start, length) in Wholes(values.Length)) Gather(values.Slice(start, length));
    }

    /// <summary>What this rank owns of so many values.</summary>
    internal IEnumerable<Shard> Shards(int count)
    {
        if (transport.Rank >= _power) yield break;
        foreach (var (whole, all) in Wholes(count))
        {
            var (start, length) = (whole, all);
            for (var distance = 1; distance < _power; distance *= 2) ((start, length), _) = Halve(start, length, distance);
            if (length > 0) yield return new Shard(start, length);
        }
    }

    private void Scatter(Span<float> values)
    {
        var rank = transport.Rank;
        // The last ranks' tree is folded into the first's: (0 + 2) + 1 for three.
        if (rank >= _power)
        {
            Send(values, rank - _power);
            return;
        }
        if (rank + _power < transport.Size) ReceiveAndAdd(values, rank + _power);
        var (start, length) = (0, values.Length);
        for (var distance = 1; distance < _power; distance *= 2)
        {
            var (kept, sent) = Halve(start, length, distance);
            ExchangeAndAdd(values.Slice(sent.Start, sent.Length), values.Slice(kept.Start, kept.Length), rank ^ distance);
            (start, length) = kept;
        }
        // What others will see rounded must be seen so by its owner too.
        if (wire == WireFormat.BFloat16) RoundTrip(values.Slice(start, length));
    }

    private void Gather(Span<float> values)
    {
        var rank = transport.Rank;
        if (rank >= _power)
        {
            Receive(values, rank - _power);
            return;
        }
        Span<(int Start, int Length)> halved = stackalloc (int, int)[32];
        var (own, depth) = ((Start: 0, values.Length), 0);
        for (var distance = 1; distance < _power; distance *= 2)
        {
            halved[depth++] = own;
            (own, _) = Halve(own.Start, own.Length, distance);
        }
        for (var distance = _power / 2; distance >= 1; distance /= 2)
        {
            var whole = halved[--depth];
            var (kept, other) = Halve(whole.Start, whole.Length, distance);
            Exchange(values.Slice(kept.Start, kept.Length), values.Slice(other.Start, other.Length), rank ^ distance);
        }
        if (rank + _power < transport.Size) Send(values, rank + _power);
    }

    /// <summary>What this rank keeps of a range, and what its partner at a distance keeps.</summary>
    private ((int Start, int Length) Own, (int Start, int Length) Other) Halve(int start, int length, int distance)
    {
        var low = length / 2 / grain * grain;
        var (first, second) = ((start, low), (start + low, length - low));
        return (transport.Rank & distance) == 0 ? (first, second) : (second, first);
    }

    private byte[] Sent => _sent ??= new byte[Piece * sizeof(float)];

    private byte[] Received => _received ??= new byte[Piece * sizeof(float)];

    private static IEnumerable<(int Start, int Length)> Wholes(int count)
    {
        for (var start = 0; start < count; start += Whole) yield return (start, Math.Min(count - start, Whole));
    }

    private void ExchangeAndAdd(ReadOnlySpan<float> send, Span<float> sum, int partner)
    {
        for (var at = 0; at < Math.Max(send.Length, sum.Length); at += Piece)
        {
            var outgoing = At(send, at);
            var target = At(sum, at);
            var incoming = Received.AsSpan(0, WireTypes.Bytes(target.Length, wire));
            transport.Exchange(WireTypes.Pack(outgoing, wire, Sent), partner, incoming, partner, Channel.Collective);
            WireTypes.Add(incoming, wire, target);
        }
    }

    private void Exchange(ReadOnlySpan<float> send, Span<float> receive, int partner)
    {
        for (var at = 0; at < Math.Max(send.Length, receive.Length); at += Piece)
        {
            var outgoing = At(send, at);
            var target = At(receive, at);
            if (wire == WireFormat.Float32)
            {
                transport.Exchange(MemoryMarshal.AsBytes(outgoing), partner, MemoryMarshal.AsBytes(target), partner, Channel.Collective);
                continue;
            }
            var incoming = Received.AsSpan(0, WireTypes.Bytes(target.Length, wire));
            transport.Exchange(WireTypes.Pack(outgoing, wire, Sent), partner, incoming, partner, Channel.Collective);
            WireTypes.Unpack(incoming, wire, target);
        }
    }

    private void Send(ReadOnlySpan<float> values, int to) => Exchange(values, [], to);

    private void Receive(Span<float> values, int from) => Exchange([], values, from);

    private void ReceiveAndAdd(Span<float> sum, int from) => ExchangeAndAdd([], sum, from);

    private void RoundTrip(Span<float> values)
    {
        for (var at = 0; at < values.Length; at += Piece)
            WireTypes.Unpack(WireTypes.Pack(At(values, at), wire, Sent), wire, At(values, at));
    }

    private static ReadOnlySpan<float> At(ReadOnlySpan<float> values, int start) =>
        start >= values.Length ? [] : values[start..Math.Min(values.Length, start + Piece)];

    private static Span<float> At(Span<float> values, int start) =>
        start >= values.Length ? [] : values[start..Math.Min(values.Length, start + Piece)];
}
