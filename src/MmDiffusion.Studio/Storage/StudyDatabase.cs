using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace MmDiffusion.Studio.Storage;

/// <summary>The database of studies: SQLite for one server, PostgreSQL for several. What a write committed is on the disk.</summary>
public sealed class StudyDatabase : IDisposable
{
    /// <summary>The database that is used where none is named.</summary>
    public const string Default = "sqlite:studies.db";

    private readonly DatabaseAddress _address;
    private readonly PooledDbContextFactory<StudyContext> _contexts;

    /// <summary>SQLite has one writer at a time: waiting here is fair and quick, waiting in SQLite is polling.</summary>
    private readonly SemaphoreSlim? _writer;

    private StudyDatabase(DatabaseAddress address)
    {
        _address = address;
        _writer = address.IsPostgres ? null : new SemaphoreSlim(1, 1);
        _contexts = new PooledDbContextFactory<StudyContext>(Options(address));
    }

    /// <summary>Whether an address is of the form that <see cref="Open"/> takes.</summary>
    public static bool IsAddress(string address) => DatabaseAddress.TryParse(address) is not null;

    /// <summary>Opens a database and brings its tables up to date.</summary>
    /// <param name="address">"sqlite:FILE", or "postgres:" and a connection string.</param>
    /// <param name="create">Whether the file of SQLite is made where it does not exist.</param>
    /// <exception cref="MmDiffusionException">The address is not understood, or there is no such database.</exception>
    public static StudyDatabase Open(string address, bool create = true)
    {
        var parsed = DatabaseAddress.Parse(address);
        if (!create && !parsed.IsPostgres && !File.Exists(parsed.Connection))
            throw new MmDiffusionException($"there is no database '{parsed.Connection}'; check --database, or make a study first");
        var database = new StudyDatabase(parsed);
        try
        {
            using var context = database.Read();
            // Written into the file, for good: readers do not wait for the writer.
            if (!database._address.IsPostgres) context.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
            context.Database.Migrate();
            return database;
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException or IOException or ArgumentException)
        {
            database.Dispose();
            var where = database._address.IsPostgres ? "PostgreSQL" : $"'{database._address.Connection}'";
            throw new MmDiffusionException($"cannot open the studies in {where}: {exception.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')}; check the address and that you may write there", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer?.Dispose();
        if (!_address.IsPostgres) SqliteConnection.ClearAllPools();
    }

    /// <summary>A view to read from.</summary>
    internal StudyContext Read()
    {
        var context = _contexts.CreateDbContext();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return context;
    }

    /// <summary>Does everything or nothing, while no other server writes to the same study. When it returns, the result is on the disk.</summary>
    /// <param name="studyId">Whose rows are written.</param>
    /// <param name="work">What to write.</param>
    /// <param name="cancellation">Gives up what has not begun.</param>
    internal async Task<T> WriteAsync<T>(string studyId, Func<StudyContext, Task<T>> work, CancellationToken cancellation = default)
    {
        if (_writer is not null) await _writer.WaitAsync(cancellation);
        try
        {
            await using var context = await _contexts.CreateDbContextAsync(cancellation);
            context.Database.AutoSavepointsEnabled = false; // all of it fails together
            await using var transaction = await context.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
            if (_address.IsPostgres) await context.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Studies" WHERE "Id" = {studyId} FOR UPDATE""", cancellation);
            var result = await work(context);
            // A caller who goes away does not take back what is about to be committed.
            await context.SaveChangesAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        finally
        {
            _writer?.Release();
        }
    }

    /// <summary>Deletes for good. SQLite has overwritten the rows; here its log goes, too, which holds them as they were.</summary>
    internal async Task<T> DeleteAsync<T>(string studyId, Func<StudyContext, Task<T>> work, CancellationToken cancellation)
    {
        var result = await WriteAsync(studyId, work, cancellation);
        if (_writer is null) return result;
        await _writer.WaitAsync(CancellationToken.None);
        try
        {
            await using var context = Read();
            await context.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)", CancellationToken.None);
        }
        finally
        {
            _writer.Release();
        }

        return result;
    }

    private static DbContextOptions<StudyContext> Options(DatabaseAddress address)
    {
        var builder = new DbContextOptionsBuilder<StudyContext>();
        // One set of migrations for two databases has no snapshot that would fit both; a test compares the tables instead.
        builder.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
        if (address.IsPostgres) return builder.UseNpgsql(address.Connection).Options;
        var connection = new SqliteConnectionStringBuilder { DataSource = address.Connection, Pooling = true }.ToString();
        return builder.UseSqlite(connection).AddInterceptors(new SqliteDurability()).Options;
    }
}
