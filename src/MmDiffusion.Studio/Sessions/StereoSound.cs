using System.Buffers.Binary;

namespace MmDiffusion.Studio.Sessions;

/// <summary>Tones in two channels, as a wave file of 16 bits.</summary>
internal sealed class StereoSound
{
    private const int Rate = 22050;
    private const double Fade = 0.02;
    private const int HeaderBytes = 44;
    private readonly List<short> _samples = [];

    internal void Silence(double seconds) => _samples.AddRange(new short[2 * (int)(seconds * Rate)]);

    internal void SilenceUntil(double seconds) => _samples.AddRange(new short[Math.Max(0, 2 * (int)(seconds * Rate) - _samples.Count)]);

    /// <summary>A sine with soft ends; a negative level turns a channel against the other.</summary>
    internal void Tone(double frequency, double seconds, double left, double right)
    {
        var count = (int)(seconds * Rate);
        for (var i = 0; i < count; i++)
        {
            var envelope = Math.Clamp(Math.Min(i, count - i) / (Fade * Rate), 0, 1);
            var value = envelope * Math.Sin(2 * Math.PI * frequency * i / Rate) * short.MaxValue;
            _samples.Add((short)(left * value));
            _samples.Add((short)(right * value));
        }
    }

    internal byte[] ToWave()
    {
        var file = new byte[HeaderBytes + 2 * _samples.Count];
        var header = file.AsSpan(0, HeaderBytes);
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], file.Length - 8);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 1); // PCM
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], 2); // channels
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], Rate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], Rate * 4);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], 4);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 16);
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], 2 * _samples.Count);
        for (var i = 0; i < _samples.Count; i++) BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(HeaderBytes + 2 * i), _samples[i]);
        return file;
    }
}
