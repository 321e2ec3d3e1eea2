using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>
/// A file read at any position, by several threads at once. A file that becomes shorter meanwhile gives an exception; read through mapped
/// memory it would end the process.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class RandomAccessFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public RandomAccessFile(string path) => _handle = File.OpenHandle(path);

    /// <summary>Bytes that the file has now.</summary>
    public long Length => RandomAccess.GetLength(_handle);

    /// <summary>Fills memory from a position on.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public void Read(long position, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(_handle, target, position);
            if (read == 0)
                throw new EndOfStreamException(
                    $"it ends at byte {Length}, though {target.Length} more bytes were expected at "
                    + $"{position}; it was cut short while it was in use");
            target = target[read..];
            position += read;
        }
    }

    /// <summary>Fills a contiguous CPU tensor from a position on.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    internal void Fill(Tensor target, long position)
    {
        using var part = Part(position, TensorBytes.Length(target));
        TensorBytes.Fill(target, part);
    }

    /// <summary>A part of the file as a stream, which does not own the file.</summary>
    public Stream Part(long position, long length) => new PartStream(this, position, length);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private sealed class PartStream(RandomAccessFile file, long start, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => _position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, length - _position);
            if (count <= 0) return 0;
            file.Read(start + _position, buffer[..count]);
            _position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => _position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            _ => length,
        };

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
