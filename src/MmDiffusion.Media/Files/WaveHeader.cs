using System.Buffers.Binary;

namespace MmDiffusion.Media;

/// <summary>The "fmt " chunk of a wav file, checked.</summary>
internal readonly record struct WaveHeader
{
    private const int Pcm = 1;
    private const int Float = 3;
    private const int Extensible = 0xFFFE;

    /// <summary>Parses the chunk.</summary>
    /// <exception cref="MmDiffusionException">It is too short, out of range, or of a kind that is not read here.</exception>
    internal WaveHeader(ReadOnlySpan<byte> chunk, string path)
    {
        if (chunk.Length < 16) throw new MmDiffusionException($"'{path}' is damaged: its wav header has {chunk.Length} bytes of at least 16");
        var kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        var blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        Channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        Bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        // The extensible kind holds the real one in the first bytes of an identifier.
        if (kind == Extensible && chunk.Length >= 26) kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        IsFloat = kind == Float;
        if ((kind, Bits) is not ((Pcm, 8 or 16 or 24 or 32) or (Float, 32 or 64)))
        {
            throw new MmDiffusionException(
                $"'{path}' holds wav samples of kind {kind} with {Bits} bits; only PCM of 8, 16, 24 and 32 bits and float of 32 and 64 bits is read: "
                + "convert it, for example with 'ffmpeg -i IN -c:a pcm_s16le OUT.wav'");
        }

        if (Channels is < 1 or > 1024 || rate is < 1 or > 10_000_000 || blockAlign != Channels * Bits / 8)
        {
            throw new MmDiffusionException(
                $"'{path}' is damaged: its wav header tells {Channels} channels, {rate} samples per second and {blockAlign} bytes per sample; "
                + "copy or convert it again");
        }

        Rate = (int)rate;
    }

    internal int Channels { get; }

    internal int Rate { get; }

    internal int Bits { get; }

    internal bool IsFloat { get; }

    /// <summary>Bytes of one sample of all channels.</summary>
    internal int Stride => Channels * Bits / 8;

    /// <summary>One sample in [-1, 1] (float files may exceed it).</summary>
    /// <param name="bytes">Begins with the sample.</param>
    internal float Decode(ReadOnlySpan<byte> bytes) => (IsFloat, Bits) switch
    {
        (true, 32) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (true, _) => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (_, 8) => (bytes[0] - 128) / 128f,
        (_, 16) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        (_, 24) => ((bytes[0] << 8 | bytes[1] << 16 | bytes[2] << 24) >> 8) / 8388608f,
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
    };
}
