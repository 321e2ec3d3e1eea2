using System.Runtime.InteropServices;

namespace MmDiffusion.Media.Writing;

/// <summary>
/// An uncompressed AVI stream. It carries picture and sound to ffmpeg through one pipe on every system, in the order of time,
/// so that no side waits for the other and nothing but the pipe is needed. Frames with times of their own lie on a grid of milliseconds,
/// where empty chunks say that the frame before continues.
/// </summary>
internal static class RawAvi
{
    private const int TicksPerSecond = 1000;

    internal static void Write(Stream output, Clip clip)
    {
        using var writer = new BinaryWriter(output, System.Text.Encoding.ASCII, leaveOpen: true);
        var (frames, sound) = (clip.Frames, clip.Audio);
        WriteHeader(writer, frames, sound);

        var bitmap = new byte[BitmapBytes(frames)];
        var (sent, ticks) = (0, 0);
        for (var i = 0; i < frames.Count; i++)
        {
            if (frames.Times is not null) Rest(frames.TimeOf(i));
            ToBitmap(frames[i], bitmap, frames.Width);
            WriteChunk(writer, "00db"u8, bitmap);
            ticks++;
            var next = frames.Times is null ? (i + 1) / frames.Rate : i + 1 < frames.Count ? frames.TimeOf(i + 1) : frames.Duration;
            SendAudio(
                i == frames.Count - 1 && frames.Times is null
                    ? sound.Samples.Length
                    : (int)Math.Min(sound.Samples.Length, Math.Round(next * sound.Rate)));
        }
        if (frames.Times is not null)
        {
            // Nothing else tells how long the last frame stands: it is shown again at the end, twice, as containers give the last one the
            // length of the one before.
            var last = ticks;
            foreach (var frame in new[] { 2, 1 })
            {
                Rest(frames.Duration - frame / frames.Rate);
                if (ticks <= last) continue;
                WriteChunk(writer, "00db"u8, bitmap);
                ticks++;
            }
            SendAudio(sound.Samples.Length);
        }

        void Rest(double until)
        {
            for (; ticks < Tick(until); ticks++) WriteChunk(writer, "00db"u8, []);
        }

        void SendAudio(int due)
        {
            if (due > sent) WriteChunk(writer, "01wb"u8, MemoryMarshal.AsBytes(sound.Samples.AsSpan(sent, due - sent)));
            sent = Math.Max(sent, due);
        }
    }

    private static int Tick(double seconds) => (int)Math.Round(seconds * TicksPerSecond);

    private static void WriteHeader(BinaryWriter writer, Frames frames, Audio sound)
    {
        var hasAudio = sound.Samples.Length > 0;
        var (rate, scale) = frames.Times is null ? FrameRateFraction.Of(frames.Rate) : (TicksPerSecond, 1);
        const int videoList = 4 + 8 + 56 + 8 + 40;
        const int audioList = 4 + 8 + 56 + 8 + 18;

        // Sizes of the parts whose end the reader sees anyway stay open (0): the stream is never sought in.
        writer.Write("RIFF"u8);
        writer.Write(0);
        writer.Write("AVI LIST"u8);
        writer.Write(4 + 8 + 56 + 8 + videoList + (hasAudio ? 8 + audioList : 0));
        writer.Write("hdrlavih"u8);
        WriteNumbers(
            writer, 56, (int)(1e6 / frames.Rate), 0, 0, 0, frames.Count, 0, hasAudio ? 2 : 1, 0, frames.Width, frames.Height, 0, 0, 0, 0);

        writer.Write("LIST"u8);
        writer.Write(videoList);
        writer.Write("strlstrh"u8);
        writer.Write(56);
        writer.Write("vidsDIB "u8);
        WriteNumbers(writer, 0, 0, 0, scale, rate, 0, frames.Count, BitmapBytes(frames), -1, 0, 0, 0);
        writer.Write("strf"u8);
        WriteNumbers(writer, 40, 40, frames.Width, frames.Height, 1 | 24 << 16, 0, BitmapBytes(frames), 0, 0, 0, 0);

        if (hasAudio)
        {
            const int floatFormat = 3;
            writer.Write("LIST"u8);
            writer.Write(audioList);
            writer.Write("strlstrh"u8);
            writer.Write(56);
            writer.Write("auds"u8);
            WriteNumbers(writer, 0, 0, 0, 0, 1, sound.Rate, 0, sound.Samples.Length, sound.Rate * 4, -1, 4, 0, 0);
            writer.Write("strf"u8);
            WriteNumbers(writer, 18, floatFormat | 1 << 16, sound.Rate, sound.Rate * 4, 4 | 32 << 16);
            writer.Write((short)0);
        }

        writer.Write("LIST"u8);
        writer.Write(0);
        writer.Write("movi"u8);
    }

    private static void WriteNumbers(BinaryWriter writer, params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers) writer.Write(number);
    }

    private static void WriteChunk(BinaryWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        writer.Write(name);
        writer.Write(content.Length);
        writer.Write(content);
        if (content.Length % 2 == 1) writer.Write((byte)0);
    }

    /// <summary>Rows end on multiples of 4 bytes.</summary>
    private static int RowBytes(int width) => (width * 3 + 3) / 4 * 4;

    private static int BitmapBytes(Frames frames) => RowBytes(frames.Width) * frames.Height;

    /// <summary>Bitmaps go from the lowest row to the highest and from blue to red.</summary>
    private static void ToBitmap(ReadOnlySpan<byte> rgb, Span<byte> bitmap, int width)
    {
        var stride = RowBytes(width);
        var height = bitmap.Length / stride;
        for (var y = 0; y < height; y++)
        {
            var source = rgb.Slice(y * width * 3, width * 3);
            var target = bitmap.Slice((height - 1 - y) * stride, width * 3);
            for (var x = 0; x < source.Length; x += 3)
                (target[x], target[x + 1], target[x + 2]) = (source[x + 2], source[x + 1], source[x]);
        }
    }
}
