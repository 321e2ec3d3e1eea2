using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Tests.Files;

[Trait("group", "unit")]
public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void One_has_it_until_it_is_released()
    {
        using (var held = FileLock.TryTake(_folder["a/lock"]))
        {
            Assert.NotNull(held);
            Assert.Null(FileLock.TryTake(_folder["a/lock"]));
            using var other = FileLock.TryTake(_folder["a/other"]);
            Assert.NotNull(other);
        }
        Assert.Empty(Directory.GetFiles(_folder["a"]));
        using var next = FileLock.TryTake(_folder["a/lock"]);
        Assert.NotNull(next);
    }

    [Fact]
    public void A_file_that_a_killed_process_left_is_free()
    {
        File.WriteAllText(_folder["lock"], "");
        using var held = FileLock.TryTake(_folder["lock"]);
        Assert.NotNull(held);
    }

    [Fact]
    public void Those_who_wait_have_it_one_after_another()
    {
        var (inside, most) = (0, 0);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            for (var i = 0; i < 5; i++)
            {
                using var held = FileLock.Take(_folder["lock"], TestContext.Current.CancellationToken);
                most = Math.Max(most, Interlocked.Increment(ref inside));
                Thread.Sleep(1);
                Interlocked.Decrement(ref inside);
            }
        });
        Assert.Equal(1, most);
    }

    [Fact]
    public void Waiting_can_be_cancelled()
    {
        using var held = FileLock.TryTake(_folder["lock"]);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => FileLock.Take(_folder["lock"], stop.Token));
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_one_sentence()
    {
        Directory.CreateDirectory(_folder["lock"]);
        Assert.Contains(
            "cannot write",
            Assert.ThrowsAny<MmDiffusionException>(() => FileLock.TryTake(_folder["lock"])).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
