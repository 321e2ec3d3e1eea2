using System.Runtime.InteropServices;

namespace MmDiffusion.Collectives;

/// <summary>
/// One all-reduce: halves are exchanged with partners at distance 1, 2, 4, …, each keeping the sum of one half, then handed back the same
/// way (Rabenseifner, 2004): 2·(N−1)/N of the bytes, in 2·log₂ N messages. Ranks beyond a power of two give theirs to another first.
/// </summary>
internal sealed class TreeReduction(ITransport transport, WireFormat wire)
{
    // Messages of this size keep the extra memory small and both directions of a link busy.
    private const int Piece = 1 << 20;

    private readonly byte[] _sent = new byte[Piece * sizeof(float)];
    private readonly byte[] _received = new byte[Piece * sizeof(float)];

    internal void AllReduce(Span<float> values)
    {
        for (var start = 0; start < values.Length; start += 4 * Piece) Reduce(values[start..Math.Min(values.Length, start + 4 * Piece)]);
    }

    private void Reduce(Span<float> values)
    {
        var (rank, power) = (transport.Rank, 1);
        while (2 * power <= transport.Size) power *= 2;
        // The last ranks' tree is folded into the first's: (0 + 2) + 1 for three.
        if (rank >= power)
        {
            Send(values, rank - power);
            Receive(values, rank - power);
            return;
        }
        if (rank + power < transport.Size) ReceiveAndAdd(values, rank + power);
        Span<(int Start, int Length)> halved = stackalloc (int, int)[32];
        var (start, length, depth) = (0, values.Length, 0);
        for (var distance = 1; distance < power; distance *= 2)
        {
            halved[depth++] = (start, length);
            var (low, first) = (length / 2, (rank & distance) == 0);
            var (keptStart, keptLength) = first ? (start, low) : (start + low, length - low);
            var (sentStart, sentLength) = first ? (start + low, length - low) : (start, low);
            ExchangeAndAdd(values.Slice(sentStart, sentLength), values.Slice(keptStart, keptLength), rank ^ distance);
            (start, length) = (keptStart, keptLength);
        }
        // What others will see rounded must be seen so by its owner too.
        if (wire == WireFormat.BFloat16) RoundTrip(values.Slice(start, length));
        for (var distance = power / 2; distance >= 1; distance /= 2)
        {
            var (wholeStart, wholeLength) = halved[--depth];
            var (otherStart, otherLength) = start == wholeStart ? (start + length, wholeLength - length) : (wholeStart, wholeLength - length);
            Exchange(values.Slice(start, length), values.Slice(otherStart, otherLength), rank ^ distance);
            (start, length) = (wholeStart, wholeLength);
        }
        if (rank + power < transport.Size) Send(values, rank + power);
    }

    private void ExchangeAndAdd(ReadOnlySpan<float> send, Span<float> sum, int partner)
    {
        for (var at = 0; at < Math.Max(send.Length, sum.Length); at += Piece)
        {
            var outgoing = At(send, at);
            var target = At(sum, at);
            var incoming = _received.AsSpan(0, WireTypes.Bytes(target.Length, wire));
            transport.Exchange(WireTypes.Pack(outgoing, wire, _sent), partner, incoming, partner, Channel.Collective);
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
            var incoming = _received.AsSpan(0, WireTypes.Bytes(target.Length, wire));
            transport.Exchange(WireTypes.Pack(outgoing, wire, _sent), partner, incoming, partner, Channel.Collective);
            WireTypes.Unpack(incoming, wire, target);
        }
    }

    private void Send(ReadOnlySpan<float> values, int to) => Exchange(values, [], to);

    private void Receive(Span<float> values, int from) => Exchange([], values, from);

    private void ReceiveAndAdd(Span<float> sum, int from) => ExchangeAndAdd([], sum, from);

    private void RoundTrip(Span<float> values)
    {
        for (var at = 0; at < values.Length; at += Piece) WireTypes.Unpack(WireTypes.Pack(At(values, at), wire, _sent), wire, At(values, at));
    }

    private static ReadOnlySpan<float> At(ReadOnlySpan<float> values, int start) => start >= values.Length ? [] : values[start..Math.Min(values.Length, start + Piece)];

    private static Span<float> At(Span<float> values, int start) => start >= values.Length ? [] : values[start..Math.Min(values.Length, start + Piece)];
}
