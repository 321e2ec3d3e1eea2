using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MmDiffusion.Collectives;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Distributed;

/// <summary>
/// The collectives over any transport. Sums follow one tree, ((0 + 1) + (2 + 3)) + …, whatever the sizes and the timing, so that they are
/// the same bits in every run and on every rank; a library's own all-reduce changes its order with the size of the message.
/// </summary>
/// <param name="transport">Carries the bytes; owned.</param>
/// <param name="grain">Shards begin at multiples of it.</param>
internal sealed class TreeCollective(ITransport transport, int grain = Shard.Grain) : ICollective
{
    // A length, and its complement: a rank of another build is told apart before its bytes are taken for a length.
    private const int LengthBytes = 2 * sizeof(int);

    private readonly TreeReduction _float32 = new(transport, WireFormat.Float32, grain);
    private readonly TreeReduction _bfloat16 = new(transport, WireFormat.BFloat16, grain);

    public int Rank => transport.Rank;

    public int Size => transport.Size;

    public void AllReduce(Tensor values, WireFormat wire = WireFormat.Float32) =>
        OnMemory(values, memory => Reduction(wire).AllReduce(memory));

    public void ReduceScatter(Tensor values, WireFormat wire = WireFormat.Float32) =>
        OnMemory(values, memory => Reduction(wire).ReduceScatter(memory));

    public void AllGather(Tensor values) => OnMemory(values, memory => Reduction(WireFormat.Float32).AllGather(memory));

    public IReadOnlyList<Shard> Shards(int count) => [.. Reduction(WireFormat.Float32).Shards(count)];

    public void Broadcast(Tensor values, int root) => OnMemory(values, memory => Broadcast(MemoryMarshal.AsBytes(memory), root));

    public IReadOnlyList<byte[]> AllGather(ReadOnlySpan<byte> bytes)
    {
        var all = new byte[Size][];
        all[Rank] = bytes.ToArray();
        // Around the ring: at each step every rank hands on what it received in the last.
        var (next, previous) = ((Rank + 1) % Size, (Rank + Size - 1) % Size);
        Span<byte> length = stackalloc byte[LengthBytes];
        Span<byte> incoming = stackalloc byte[LengthBytes];
        for (var step = 0; step < Size - 1; step++)
        {
            var sent = all[(Rank + Size - step) % Size];
            WriteLength(length, sent.Length);
            transport.Exchange(length, next, incoming, previous, Channel.Collective);
            var received = new byte[ReadLength(incoming, previous)];
            transport.Exchange(sent, next, received, previous, Channel.Collective);
            all[(Rank + Size - step - 1) % Size] = received;
        }
        return all;
    }

    public IHandout HandOut(int count) => new Handout(transport, count);

    public void Dispose() => transport.Dispose();

    private TreeReduction Reduction(WireFormat wire) => wire == WireFormat.Float32 ? _float32 : _bfloat16;

    /// <summary>A binomial tree from the root: in each round, everyone who has the bytes sends them to one who has not.</summary>
    private void Broadcast(Span<byte> bytes, int root)
    {
        var place = (Rank - root + Size) % Size;
        for (var distance = 1; distance < Size; distance *= 2)
        {
            if (place < distance && place + distance < Size) transport.Exchange(bytes, (Rank + distance) % Size, [], 0, Channel.Collective);
            else if (place >= distance && place < 2 * distance)
                transport.Exchange([], 0, bytes, (Rank - distance + Size) % Size, Channel.Collective);
        }
    }

    private void OnMemory(Tensor values, SpanAction action)
    {
        if (values.dtype != ScalarType.Float32 || !values.is_contiguous())
            throw new ArgumentException("the values are not contiguous float32", nameof(values));
        if (Size == 1) return;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var host = values.device_type == TorchSharp.DeviceType.CPU ? values.detach() : values.detach().cpu();
        // Parts are sums of their own in any case, see TreeReduction; these have whole numbers of them.
        TensorMemory.InParts(host, bytes => action(MemoryMarshal.Cast<byte, float>(bytes)));
        if (values.device_type != TorchSharp.DeviceType.CPU) values.copy_(host);
    }

    private static void WriteLength(Span<byte> bytes, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(int)..], ~length);
    }

    /// <exception cref="MmDiffusionException">It is no length: the ranks do not run the same program.</exception>
    private static int ReadLength(ReadOnlySpan<byte> bytes, int from)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length >= 0 && BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(int)..]) == ~length
            ? length
            : throw new MmDiffusionException(
                $"rank {from} sent a message that was not understood; start all ranks with the same build of this program");
    }

    private delegate void SpanAction(Span<float> memory);
}
