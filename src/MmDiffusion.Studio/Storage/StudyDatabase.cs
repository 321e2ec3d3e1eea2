using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Studio.Studies;

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

    private readonly LogTruncation? _log;

    /// <summary>Of the file that was opened, see <see cref="InputFile.IdentityOf"/>; empty where it is not looked after.</summary>
    private string _identity = "";

    /// <summary>Of the file that is read, which is deleted with it; null where it is the user's own.</summary>
    private readonly string? _copy;

    /// <summary>Never opened: it names the pool that is emptied at the end, which other databases of the process keep.</summary>
    private readonly SqliteConnection? _file;

    private StudyDatabase(DatabaseAddress address, string? connection = null, string? copy = null)
    {
        _address = address;
        _copy = copy;
        if (!address.IsPostgres) _file = new SqliteConnection(connection ?? SqliteFile.Writable(address.Connection));
        _contexts = new PooledDbContextFactory<StudyContext>(Options(address, _file?.ConnectionString));
        if (address.IsPostgres) return;
        _writer = new SemaphoreSlim(1, 1);
        _log = new LogTruncation(_contexts);
    }

    /// <summary>Whether an address is of the form that <see cref="Open(string, bool)"/> supports.</summary>
    public static bool IsAddress(string address) => DatabaseAddress.TryParse(address) is not null;

    /// <summary>Opens a database to read and write, and brings its tables up to date.</summary>
    /// <param name="address">"sqlite:FILE", or "postgres:" and a connection string.</param>
    /// <param name="create">Whether the tables, and the file of SQLite, are made where there are none.</param>
    /// <exception cref="MmDiffusionException">
    /// The address is not understood, or there is no such database, or it holds something else, or a newer version of the program wrote it.
    /// </exception>
    public static StudyDatabase Open(string address, bool create = true) => Open(DatabaseAddress.Parse(address), create);

    /// <summary>Opens a database to read it only: it may lie where nothing can be written. Older tables are brought up to date.</summary>
    /// <param name="address">See <see cref="Open(string, bool)"/>.</param>
    /// <exception cref="MmDiffusionException">See <see cref="Open(string, bool)"/>.</exception>
    public static StudyDatabase OpenForReading(string address)
    {
        var parsed = DatabaseAddress.Parse(address);
        try
        {
            return Open(parsed, create: false);
        }
        catch (MmDiffusionException failure) when (SqliteFile.IsReadOnly(failure.InnerException))
        {
            if (OpenReadOnly(parsed) is { } database) return database;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log?.Dispose();
        _writer?.Dispose();
        if (_file is not null) SqliteConnection.ClearPool(_file);
        _file?.Dispose();
        if (_copy is not null && Directory.Exists(_copy)) Directory.Delete(_copy, recursive: true);
    }

    /// <summary>For messages; a connection string may hold a password, so it is not repeated.</summary>
    internal string Place => _address.Place;

    /// <summary>Told of failures in the background.</summary>
    internal Action<Exception>? Observer
    {
        set
        {
            if (_log is not null) _log.Observer = value;
        }
    }

    /// <summary>A view to read from.</summary>
    internal StudyContext Read()
    {
        var context = _contexts.CreateDbContext();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return context;
    }

    /// <summary>
    /// Does everything or nothing, while no other server writes to the same study. When it returns, the result is on the disk.
    /// </summary>
    /// <param name="studyId">Whose rows are written.</param>
    /// <param name="work">What to write.</param>
    /// <param name="cancellation">Gives up what has not begun.</param>
    internal async Task<T> WriteAsync<T>(string studyId, Func<StudyContext, Task<T>> work, CancellationToken cancellation = default)
    {
        if (_writer is not null) await _writer.WaitAsync(cancellation);
        try
        {
            RequireFile();
            await using var context = await _contexts.CreateDbContextAsync(cancellation);
            context.Database.AutoSavepointsEnabled = false; // all of it fails together
            await using var transaction = await context.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
            if (_address.IsPostgres)
                await context.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Studies" WHERE "Id" = {studyId} FOR UPDATE""", cancellation);
            var result = await work(context);
            // A caller who goes away does not take back what is about to be committed.
            await context.SaveChangesAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            RequireFile();
            return result;
        }
        finally
        {
            _writer?.Release();
        }
    }

    /// <summary>
    /// Deletes for good. SQLite overwrites the rows; its log, which holds them as they were, is emptied once nobody reads it.
    /// </summary>
    /// <returns>The result, and what is left of the rows.</returns>
    internal async Task<(T Result, Traces Traces)> DeleteAsync<T>(
        string studyId,
        Func<StudyContext, Task<T>> work,
        CancellationToken cancellation)
    {
        var result = await WriteAsync(studyId, work, cancellation);
        if (_log is null) return (result, Traces.FreeSpace);
        return (result, await _log.RunAsync() ? Traces.None : Traces.Log);
    }

    /// <summary>Writes what changes nothing, as far as the disk, to see whether a write would succeed now.</summary>
    /// <param name="limit">How long to wait for others who write.</param>
    /// <exception cref="TimeoutException">Somebody else writes all the while.</exception>
    /// <exception cref="DbException">It fails.</exception>
    internal async Task ProbeWriterAsync(TimeSpan limit)
    {
        if (_writer is null)
        {
            await ProbeRowsAsync(limit);
            return;
        }

        if (!await _writer.WaitAsync(limit)) throw new TimeoutException();
        try
        {
            RequireFile();
            await using var context = Read();
            context.Database.SetCommandTimeout(limit);
            // The number itself means nothing to us, but to set it writes the first page.
            await context.Database.ExecuteSqlRawAsync("PRAGMA user_version = 0");
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>
    /// SQLite continues writing to a file that was deleted, or that another took the place of: what it commits there is lost.
    /// </summary>
    /// <exception cref="DatabaseMovedException">The file is not the one that was opened.</exception>
    private void RequireFile()
    {
        if (_identity.Length > 0 && InputFile.IdentityOf(_address.Connection) != _identity) throw new DatabaseMovedException();
    }

    /// <summary>Takes the lock of each study that is open, one after the other: to lock a row writes to the disk.</summary>
    private async Task ProbeRowsAsync(TimeSpan limit)
    {
        await using var context = Read();
        context.Database.SetCommandTimeout(limit);
        foreach (var study in await context.Studies.Where(study => study.State == StudyState.Open).Select(study => study.Id).ToListAsync())
        {
            await using var transaction = await context.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted);
            await context.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Studies" WHERE "Id" = {study} FOR UPDATE""");
            await transaction.CommitAsync();
        }
    }

    /// <exception cref="MmDiffusionException">The database fails, with the reason.</exception>
    internal async Task<T> ExplainAsync<T>(string what, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (DatabaseFailure.Reason(exception) is { } reason)
        {
            throw new MmDiffusionException($"{what} {Place}: {reason}", exception);
        }
    }

    private static StudyDatabase Open(DatabaseAddress address, bool create)
    {
        SqliteFile.Require(address, create);
        var database = new StudyDatabase(address);
        try
        {
            // Connections make no file, or they would make one in the place of a file that is deleted while it is used.
            if (create && !address.IsPostgres && !File.Exists(address.Connection)) File.Create(address.Connection).Dispose();
            database.Prepare(create);
            return database;
        }
        catch (Exception exception)
        {
            database.Dispose();
            if (exception is not (DbException
                or InvalidOperationException
                or IOException
                or UnauthorizedAccessException
                or ArgumentException)) throw;
            var cause = exception.GetBaseException();
            var reason = cause.Message.ReplaceLineEndings(" ").TrimEnd('.');
            throw new MmDiffusionException(
                $"cannot open the studies in {address.Place}: {reason}; check the address and that you may write there",
                cause);
        }
    }

    private void Prepare(bool create)
    {
        using var context = Read();
        var isNew = !StudyTables.Exist(context, _address, create);
        if (isNew || StudyTables.AreOld(context)) StudyTables.Migrate(context);
        if (_address.IsPostgres) return;
        // Written into the file, for good: readers do not wait for the writer.
        context.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        if (_copy is null) _identity = InputFile.IdentityOf(_address.Connection);
        // A server that was killed may have left the rows of raters who withdrew.
        if (!isNew && SqliteFile.HasLog(_address.Connection)) _log!.Start();
    }

    /// <summary>A database that nothing can be written beside; null where it cannot be read either.</summary>
    private static StudyDatabase? OpenReadOnly(DatabaseAddress address)
    {
        StudyDatabase? database = null;
        try
        {
            if (!SqliteFile.HasLog(address.Connection))
            {
                database = new StudyDatabase(address, SqliteFile.Immutable(address.Connection));
                using var context = database.Read();
                if (StudyTables.Exist(context, address, create: false) && !StudyTables.AreOld(context)) return database;
                database.Dispose();
            }

            var copy = SqliteFile.Copy(address.Connection);
            database = new StudyDatabase(address, SqliteFile.Writable(Path.Combine(copy, SqliteFile.CopyName)), copy);
            database.Prepare(create: false);
            return database;
        }
        catch (Exception exception)
        {
            database?.Dispose();
            if (exception is not (DbException or InvalidOperationException or IOException or UnauthorizedAccessException)) throw;
            return null;
        }
    }

    private static DbContextOptions<StudyContext> Options(DatabaseAddress address, string? file)
    {
        var builder = new DbContextOptionsBuilder<StudyContext>();
        // One set of migrations for two databases has no snapshot that would fit both; a test compares the tables instead.
        builder.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
        return file is null
            ? builder.UseNpgsql(address.Connection).Options
            : builder.UseSqlite(file).AddInterceptors(new SqliteDurability()).Options;
    }
}

/// <summary>The file of a SQLite database is not there any more, or another one is in its place.</summary>
internal sealed class DatabaseMovedException() : IOException("the database's file was deleted, moved or replaced while it was used");

/// <summary>What is left of rows that were deleted.</summary>
internal enum Traces
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A copy in SQLite's log, until a program that reads the database ends.</summary>
    Log,

    /// <summary>What PostgreSQL has not overwritten yet.</summary>
    FreeSpace,
}
