using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Sessions;

[Trait("group", "unit")]
public sealed class WriteQueueTests : IAsyncLifetime
{
    private readonly TemporaryStudies _studies = new();
    private readonly SemaphoreSlim _began = new(0);
    private readonly SemaphoreSlim _turns = new(0);
    private readonly List<int> _sizes = [];
    private StudyRow _study = null!;
    private WriteQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        _study = await TestStudy.InsertAsync(_studies.Database, TestStudy.SmallPlan);
        _queue = new WriteQueue(CommitAsync);
    }

    public ValueTask DisposeAsync()
    {
        _studies.Dispose();
        _began.Dispose();
        _turns.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Writes_that_wait_together_are_committed_together_and_in_order()
    {
        var first = AddAsync(() => 0);
        await _began.WaitAsync();
        var order = new List<int>();
        Task<int>[] others = [.. Enumerable.Range(1, 20).Select(number => AddAsync(() => { order.Add(number); return number; }))];
        _turns.Release(2);
        Assert.Equal(Enumerable.Range(1, 20), await Task.WhenAll(others));
        Assert.Equal(Enumerable.Range(1, 20), order);
        Assert.Equal(0, await first);
        Assert.Equal([1, 20], _sizes);
    }

    [Fact]
    public async Task Nobody_is_told_before_the_commit()
    {
        var done = false;
        var write = AddAsync(() => done = true);
        await _began.WaitAsync();
        Assert.Equal((true, false), (done, write.IsCompleted));
        _turns.Release();
        Assert.True(await write);
    }

    [Fact]
    public async Task A_write_that_fails_fails_alone()
    {
        var first = AddAsync(() => "first");
        await _began.WaitAsync();
        var good = AddAsync(() => "good");
        var bad = AddAsync<string>(() => throw new InvalidOperationException("bad"));
        var late = AddAsync(() => "late");
        _turns.Release(100);
        Assert.Equal(["first", "good", "late"], await Task.WhenAll(first, good, late));
        Assert.Equal("bad", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal("next", await AddAsync(() => "next"));
    }

    [Fact]
    public async Task A_write_that_fails_without_others_beside_it_is_tried_once_and_the_next_is_done()
    {
        _turns.Release(100);
        for (var i = 0; i < 3; i++)
        {
            var attempts = 0;
            await Assert.ThrowsAsync<InvalidOperationException>(() =>
                AddAsync<int>(() => attempts++ < 0 ? 0 : throw new InvalidOperationException("bad")));
            Assert.Equal(i, await AddAsync(() => i).WaitAsync(TimeSpan.FromSeconds(10)));
            Assert.Equal(1, attempts);
        }
    }

    [Fact]
    public async Task Where_the_database_is_away_all_are_told_after_one_attempt()
    {
        var attempts = 0;
        var queue = new WriteQueue(async _ =>
        {
            attempts++;
            await _turns.WaitAsync();
            throw new DbUpdateException("cannot save", new SqliteException("disk full", 13));
        });
        Task<int>[] writes = [.. Enumerable.Range(0, 50).Select(number => queue.AddAsync("", (_, _) => number, default))];
        _turns.Release(100);
        foreach (var write in writes) await Assert.ThrowsAsync<DbUpdateException>(() => write.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.InRange(attempts, 1, 2);
    }

    [Fact]
    public async Task How_long_a_commit_takes_is_known_while_it_is_being_done()
    {
        Assert.Equal(TimeSpan.Zero, _queue.Committing);
        var write = AddAsync(() => 1);
        await _began.WaitAsync();
        await Task.Delay(20);
        Assert.InRange(_queue.Committing.TotalMilliseconds, 15, 60_000);
        _turns.Release();
        await write;
        Assert.Equal(TimeSpan.Zero, _queue.Committing);
    }

    [Fact]
    public async Task What_has_not_begun_can_be_given_up()
    {
        var first = AddAsync(() => 1);
        await _began.WaitAsync();
        using var leaving = new CancellationTokenSource();
        var written = false;
        var given = AddAsync(() => written = true, leaving.Token);
        await leaving.CancelAsync();
        _turns.Release(100);
        await Assert.ThrowsAsync<TaskCanceledException>(() => given);
        Assert.Equal((1, false), (await first, written));
    }

    private Task<T> AddAsync<T>(Func<T> work, CancellationToken cancellation = default) =>
        _queue.AddAsync("", (_, _) => work(), cancellation);

    /// <summary>A commit that waits for the test before it has anything on the disk.</summary>
    private async Task CommitAsync(IReadOnlyList<PendingWrite> writes)
    {
        using var context = _studies.Database.Read();
        var batch = await SessionBatch.LoadAsync(context, _study.Id, [], 0, 0);
        foreach (var write in writes) write.Do(batch);
        _began.Release();
        await _turns.WaitAsync();
        _sizes.Add(writes.Count);
    }
}
