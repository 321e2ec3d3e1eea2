using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace MmDiffusion.Studio.Storage;

/// <summary>
/// Empties SQLite's log, which holds rows as they were before they were deleted. SQLite cannot while somebody reads what the log holds (a
/// backup, say): then it is tried again in the background until it succeeds, and nobody who writes waits for it.
/// </summary>
internal sealed class LogTruncation(PooledDbContextFactory<StudyContext> contexts) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _isWanted;
    private bool _isClosed;
    private bool _hasFailed;

    /// <summary>Told of the first failure in the background; it is tried again nevertheless.</summary>
    internal Action<Exception>? Observer { get; set; }

    /// <summary>Tries it, and continues trying in the background where it does not succeed.</summary>
    /// <returns>Whether it did: nothing of what was deleted is left.</returns>
    internal async Task<bool> RunAsync()
    {
        var isDone = await TryAsync();
        if (!isDone) Start();
        return isDone;
    }

    /// <summary>Tries it in the background.</summary>
    internal void Start()
    {
        lock (_lock)
        {
            _isWanted = true;
            if (_running.IsCompleted && !_isClosed) _running = Task.Run(RepeatAsync);
        }
    }

    public void Dispose()
    {
        Task running;
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
            _closing.Cancel();
            running = _running;
        }

        running.Wait();
        _closing.Dispose();
    }

    private async Task RepeatAsync()
    {
        var pause = FirstPause;
        while (Begin())
        {
            if (await TryAsync()) continue;
            lock (_lock) _isWanted = true;
            await Task.Delay(pause, _closing.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            pause = pause + pause < LongestPause ? pause + pause : LongestPause;
        }
    }

    /// <summary>Whether there is something to do; if not, whoever asks next starts again.</summary>
    private bool Begin()
    {
        lock (_lock)
        {
            var isWanted = _isWanted && !_isClosed;
            _isWanted = false;
            if (!isWanted) _running = Task.CompletedTask;
            return isWanted;
        }
    }

    private async Task<bool> TryAsync()
    {
        try
        {
            await using var context = contexts.CreateDbContext();
            await context.Database.OpenConnectionAsync();
            await using var command = context.Database.GetDbConnection().CreateCommand();
            command.CommandTimeout = 1;
            // Who writes waits while SQLite waits for those who read, so it does not wait long.
            command.CommandText = "PRAGMA busy_timeout=200";
            await command.ExecuteNonQueryAsync();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await using var reader = await command.ExecuteReaderAsync();
            return await reader.ReadAsync() && reader.GetInt32(0) == 0;
        }
#pragma warning disable CA1031 // What was deleted is still in the log, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // Once: it may fail for the same reason for hours.
            if (!_hasFailed) Observer?.Invoke(exception);
            _hasFailed = true;
            return false;
        }
    }
}
