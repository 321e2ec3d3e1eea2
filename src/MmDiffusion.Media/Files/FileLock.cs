namespace MmDiffusion.Media.Files;

/// <summary>
/// A lock that processes take by a file, on one machine or over a file system that they share. The system releases it when its process
/// ends, however it ends. Where a file system knows no locks, everyone gets it.
/// </summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(20);

    private const long LargestMark = 1 << 20;
    private const int MostTries = 100;

    private readonly string _path;
    private readonly FileStream _held;
    private bool _isReleased;

    private FileLock(string path, FileStream held) => (_path, _held) = (path, held);

    /// <summary>Takes the lock if nobody has it.</summary>
    /// <param name="path">Its file; made where it does not exist, with its folders, and deleted when the lock is released.</param>
    /// <returns>Null where another has it.</returns>
    /// <exception cref="MmDiffusionException">The file cannot be made.</exception>
    public static FileLock? TryTake(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            for (var tries = 1; ; tries++)
            {
                var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
                // The one before may have deleted the file between our opening and our locking it: then we hold what nobody else will find.
                var mark = Random.Shared.NextInt64(1, LargestMark);
                held.SetLength(mark);
                if (tries == MostTries || (new FileInfo(path) is { Exists: true } file && file.Length == mark))
                    return new FileLock(path, held);
                held.Dispose();
            }
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(path, exception), exception);
        }
    }

    /// <summary>Waits until the lock is free, and takes it.</summary>
    /// <param name="path">As for <see cref="TryTake"/>.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="MmDiffusionException">The file cannot be made.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static FileLock Take(string path, CancellationToken cancellation = default)
    {
        while (true)
        {
            if (TryTake(path) is { } taken) return taken;
            if (cancellation.WaitHandle.WaitOne(BetweenTries)) cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Releases it.</summary>
    public void Dispose()
    {
        // The file may be another's by then.
        if (_isReleased) return;
        _isReleased = true;
        try
        {
            if (!OperatingSystem.IsWindows()) File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file stays, free for the next.
        }
        _held.Dispose();
    }

    private static bool IsHeld(IOException exception)
    {
        const int wouldBlockOnLinux = 11, wouldBlockOnMac = 35, sharingViolationOnWindows = unchecked((int)0x80070020);
        return exception.HResult is wouldBlockOnLinux or wouldBlockOnMac or sharingViolationOnWindows;
    }
}
