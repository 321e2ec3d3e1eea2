using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Web;

/// <summary>Clips that were sent lately: neither the disk nor its speed plays a part in when a clip arrives.</summary>
internal sealed class MediaCache(StudyDatabase database) : IDisposable
{
    private const long MostBytes = 256L << 20;
    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    internal async Task<byte[]> ReadAsync(string clipId, CancellationToken cancellation)
    {
        if (_cache.TryGetValue(clipId, out byte[]? known)) return known!;
        await using var context = database.Read();
        var bytes = await context.Media.Where(media => media.ClipId == clipId).Select(media => media.Bytes).SingleAsync(cancellation);
        return _cache.Set(clipId, bytes, new MemoryCacheEntryOptions { Size = bytes.Length });
    }

    public void Dispose() => _cache.Dispose();
}
