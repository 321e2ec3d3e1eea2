using System.Buffers.Binary;

namespace MmDiffusion.Media.Files;

/// <summary>Wav files, without ffmpeg.</summary>
public static class WaveFile
{
    private const int LargestHeader = 4096;

    /// <summary>Reads the first channel of a wav file.</summary>
    /// <param name="path">PCM of 8, 16, 24 or 32 bits or float of 32 or 64 bits, any number of channels.</param>
    /// <returns>Samples in [-1, 1] (those of a float file as they are).</returns>
    /// <exception cref="MmDiffusionException">The file is missing, no wav file, cut short, or of another kind.</exception>
    public static Audio Read(string path)
    {
        InputFile.Require(path, "wav file");
        using var stream = File.OpenRead(path);
        Span<byte> head = stackalloc byte[12];
        var complete = stream.ReadAtLeast(head, 12, throwOnEndOfStream: false) == 12;
        if (!complete || !head[..4].SequenceEqual("RIFF"u8) || !head[8..].SequenceEqual("WAVE"u8))
            throw new MmDiffusionException($"'{path}' is not a wav file: it does not begin with RIFF and WAVE; choose another file");

        WaveHeader? header = null;
        while (stream.ReadAtLeast(head[..8], 8, throwOnEndOfStream: false) == 8)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (head[..4].SequenceEqual("data"u8) && header is { } known) return ReadSamples(stream, known, size, path);
            if (head[..4].SequenceEqual("fmt "u8))
                header = ReadHeader(stream, size, path);
            else
                stream.Position += size;
            stream.Position += size & 1;
        }

        throw new MmDiffusionException(
            $"'{path}' is cut short: it has no {(header is null ? "wav header" : "samples")}; copy or make it again");
    }

    /// <summary>Writes a mono wav file, the whole or nothing.</summary>
    /// <param name="path">The file; missing folders are created.</param>
    /// <param name="sound">What to write; PCM limits the samples to [-1, 1].</param>
    /// <param name="encoding">How samples are stored.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written, or the disk is full.</exception>
    public static void Write(string path, Audio sound, WaveEncoding encoding = WaveEncoding.Pcm16) =>
        AtomicFile.Write(path, temporary => WriteNow(temporary, sound, encoding));

    /// <summary>Writes directly, for files inside a folder that is itself renamed at the end.</summary>
    internal static void WriteNow(string path, Audio sound, WaveEncoding encoding)
    {
        var width = encoding == WaveEncoding.Pcm16 ? 2 : 4;
        var data = (long)sound.Samples.Length * width;
        if (data > uint.MaxValue - 64)
            throw new MmDiffusionException($"{sound.Samples.Length} samples do not fit into a wav file of 4 GB; write a shorter sound");

        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("RIFF"u8);
        writer.Write((uint)(36 + data));
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)(encoding == WaveEncoding.Pcm16 ? 1 : 3));
        writer.Write((short)1);
        writer.Write(sound.Rate);
        writer.Write(sound.Rate * width);
        writer.Write((short)width);
        writer.Write((short)(8 * width));
        writer.Write("data"u8);
        writer.Write((uint)data);
        foreach (var sample in sound.Samples)
        {
            if (encoding == WaveEncoding.Pcm16)
                writer.Write(ToPcm16(sample));
            else
                writer.Write(sample);
        }
    }

    private static short ToPcm16(float sample) =>
        float.IsNaN(sample) ? (short)0 : (short)Math.Clamp(MathF.Round(sample * 32768), short.MinValue, short.MaxValue);

    private static WaveHeader ReadHeader(FileStream stream, uint size, string path)
    {
        if (size > LargestHeader)
        {
            throw new MmDiffusionException(
                $"'{path}' is damaged: its wav header tells {size} bytes, at most {LargestHeader} are expected; copy or make it again");
        }

        var chunk = new byte[size];
        if (stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false) < chunk.Length)
            throw new MmDiffusionException($"'{path}' is cut short within its wav header; copy or make it again");
        return new WaveHeader(chunk, path);
    }

    private static Audio ReadSamples(FileStream stream, WaveHeader header, uint size, string path)
    {
        var left = stream.Length - stream.Position;
        // Writers that cannot seek leave the size open.
        var open = size == uint.MaxValue;
        if (!open && size > left)
        {
            throw new MmDiffusionException(
                $"'{path}' is cut short: it has {left} bytes of the {size} bytes of samples that "
                + "its header promises; copy or make it again");
        }

        var count = (open ? left : size) / header.Stride;
        if (count > Array.MaxLength)
            throw new MmDiffusionException($"'{path}' holds {count} samples, more than one array; cut it into shorter files");
        var samples = new float[count];
        var block = new byte[header.Stride * 4096];
        for (var start = 0L; start < count; start += 4096)
        {
            var part = block.AsSpan(0, (int)Math.Min(4096, count - start) * header.Stride);
            stream.ReadExactly(part);
            for (var i = 0; i < part.Length / header.Stride; i++) samples[start + i] = header.Decode(part[(i * header.Stride)..]);
        }

        return new Audio(samples, header.Rate);
    }
}

/// <summary>How samples are stored in a wav file.</summary>
public enum WaveEncoding
{
    /// <summary>Signed integers of 16 bits: what every player knows. Rounds to 1/32768.</summary>
    Pcm16,

    /// <summary>32-bit floating point: exact.</summary>
    Float32,
}

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
        if (chunk.Length < 16)
            throw new MmDiffusionException($"'{path}' is damaged: its wav header has {chunk.Length} bytes of at least 16");
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
                $"'{path}' holds wav samples of kind {kind} with {Bits} bits; only PCM of 8, 16, 24 and 32 "
                + "bits and float of 32 and 64 bits is read: "
                + "convert it, for example with 'ffmpeg -i IN -c:a pcm_s16le OUT.wav'");
        }

        if (Channels is < 1 or > 1024 || rate is < 1 or > 10_000_000 || blockAlign != Channels * Bits / 8)
        {
            throw new MmDiffusionException(
                $"'{path}' is damaged: its wav header tells {Channels} channels, {rate} samples per "
                + $"second and {blockAlign} bytes per sample; "
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
