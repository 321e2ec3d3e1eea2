using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MmDiffusion.Studio.Web;

/// <summary>Where a stored clip has its samples and its padding (ISO/IEC 14496-12, boxes).</summary>
/// <param name="Clip">Its key.</param>
/// <param name="Length">Of the file, bytes.</param>
/// <param name="Samples">
/// Where the last box before the padding begins, the one of the samples; the file's length where there is none.
/// </param>
/// <param name="Padding">Where the padding begins; the file's length where there is none.</param>
internal sealed record MediaLayout(string Clip, long Length, long Samples, long Padding)
{
    private const int HeaderBytes = 8;

    /// <summary>Goes from box to box; a file that does not end in samples and padding has neither.</summary>
    internal static async Task<MediaLayout> FindAsync(string clip, long length, Func<int, Task<byte[]>> read)
    {
        var plain = new MediaLayout(clip, length, length, length);
        var (before, isSamples) = (length, false);
        for (long offset = 0; offset + HeaderBytes <= length;)
        {
            var header = new byte[HeaderBytes];
            for (var i = 0; i < HeaderBytes; i++)
                header[i] = (await read((int)((offset + i) / MediaCache.PieceBytes)))[(offset + i) % MediaCache.PieceBytes];
            var size = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (size < HeaderBytes || offset + size > length) return plain;
            if (offset + size == length)
                return isSamples && header.AsSpan(4).SequenceEqual("free"u8) ? new MediaLayout(clip, length, before, offset) : plain;
            (before, isSamples) = (offset, header.AsSpan(4).SequenceEqual("mdat"u8));
            offset += size;
        }

        return plain;
    }

    /// <summary>Makes the samples' box reach to the end of the file, and what it gains random.</summary>
    /// <param name="offset">Of the bytes in the file.</param>
    /// <param name="bytes">A part of the file.</param>
    internal void Disguise(long offset, Span<byte> bytes)
    {
        Span<byte> size = stackalloc byte[4];
        if (Samples < Length)
        {
            BinaryPrimitives.WriteUInt32BigEndian(size, (uint)(Length - Samples));
            for (var i = 0; i < size.Length; i++)
                if (Samples + i - offset is >= 0 and var place && place < bytes.Length) bytes[(int)place] = size[i];
        }

        if (Padding < offset + bytes.Length) RandomNumberGenerator.Fill(bytes[(int)Math.Max(0, Padding - offset)..]);
    }
}
