using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Web;

/// <summary>
/// Pieces of clips that were sent lately: neither the disk nor its speed plays a part in when a clip arrives. A piece is read once for all
/// who wait for it, and whoever reads slowly keeps one piece, not the clip.
/// </summary>
internal sealed class MediaCache(StudyDatabase database) : IDisposable
{
    internal const int PieceBytes = 1 << 20;
    private const long MostBytes = 128L << 20;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MostBytes });
    private readonly ConcurrentDictionary<(string Clip, int Piece), Lazy<Task<byte[]>>> _loading = new();
    private readonly ConcurrentDictionary<string, MediaLayout> _layouts = new();

    /// <summary>How long a clip is, and where its padding.</summary>
    internal async Task<MediaLayout> FindAsync(string clip, CancellationToken cancellation)
    {
        if (_layouts.TryGetValue(clip, out var known)) return known;
        var length = await MediaBytes.LengthAsync(database, clip, cancellation);
        var layout = await MediaLayout.FindAsync(clip, length, piece => ReadAsync(clip, piece, cancellation));
        return _layouts.GetOrAdd(clip, layout);
    }

    /// <summary>A piece of a clip, which nobody may change.</summary>
    internal async Task<byte[]> ReadAsync(string clip, int piece, CancellationToken cancellation)
    {
        if (_cache.TryGetValue((clip, piece), out byte[]? known)) return known!;
        // Whoever asked first may go away; the others wait for the same piece.
        var loading = _loading.GetOrAdd((clip, piece), key => new Lazy<Task<byte[]>>(() => Task.Run(() => LoadAsync(key))));
        return await loading.Value.WaitAsync(cancellation);
    }

    public void Dispose() => _cache.Dispose();

    private async Task<byte[]> LoadAsync((string Clip, int Piece) key)
    {
        try
        {
            var bytes = await MediaBytes.ReadAsync(database, key.Clip, (long)key.Piece * PieceBytes, PieceBytes);
            return _cache.Set(key, bytes, new MemoryCacheEntryOptions { Size = bytes.Length });
        }
        finally
        {
            _loading.TryRemove(key, out _);
        }
    }
}

/// <summary>
/// A clip as a rater gets it: the box of its samples reaches to the end of the file, and what pads it is random. So two raters' files of
/// one clip are not equal, and no padding tells how long a clip was. Its index and its samples are the clip's own: who reads these, or
/// looks at it, can tell that it is the same.
/// </summary>
internal sealed class MediaResult(MediaCache cache, MediaLayout layout) : IResult
{
    /// <summary>The server buffers about as much before it waits for the reader.</summary>
    private const int SliceBytes = 64 << 10;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, cancellation) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = "video/mp4";
        response.ContentLength = layout.Length;
        if (HttpMethods.IsHead(httpContext.Request.Method)) return;
        var slice = ArrayPool<byte>.Shared.Rent(SliceBytes);
        try
        {
            for (long offset = 0; offset < layout.Length;)
            {
                var piece = await cache.ReadAsync(layout.Clip, (int)(offset / MediaCache.PieceBytes), cancellation);
                var start = (int)(offset % MediaCache.PieceBytes);
                var count = Math.Min(SliceBytes, piece.Length - start);
                piece.AsSpan(start, count).CopyTo(slice);
                layout.Disguise(offset, slice.AsSpan(0, count));
                await response.Body.WriteAsync(slice.AsMemory(0, count), cancellation);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(slice);
        }
    }
}
