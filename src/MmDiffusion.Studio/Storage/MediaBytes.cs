using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace MmDiffusion.Studio.Storage;

/// <summary>Reads parts of stored clips, so that a long one is never in memory as a whole.</summary>
internal static class MediaBytes
{
    internal static async Task<long> LengthAsync(StudyDatabase database, string clip, CancellationToken cancellation)
    {
        await using var context = database.Read();
        return await context.Media.Where(media => media.ClipId == clip).Select(media => media.Bytes.Length).SingleAsync(cancellation);
    }

    /// <param name="database">Where the clip is.</param>
    /// <param name="clip">Its key.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="most">So many bytes, or fewer where the clip ends before.</param>
    internal static async Task<byte[]> ReadAsync(StudyDatabase database, string clip, long offset, int most)
    {
        await using var context = database.Read();
        if (!context.Database.IsSqlite())
        {
            var first = (int)offset + 1;
            return await context.Database
                .SqlQuery<byte[]>($"""SELECT substring("Bytes" from {first} for {most}) AS "Value" FROM "Media" WHERE "ClipId" = {clip}""")
                .SingleAsync();
        }

        await context.Database.OpenConnectionAsync();
        var connection = (SqliteConnection)context.Database.GetDbConnection();
        await using var find = connection.CreateCommand();
        find.CommandText = """SELECT rowid FROM "Media" WHERE "ClipId" = $clip""";
        find.Parameters.AddWithValue("$clip", clip);
        var row = Convert.ToInt64(await find.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        await using var blob = new SqliteBlob(connection, "Media", "Bytes", row, readOnly: true);
        var bytes = new byte[Math.Min(most, blob.Length - offset)];
        blob.Seek(offset, SeekOrigin.Begin);
        await blob.ReadExactlyAsync(bytes);
        return bytes;
    }
}
