using System.Globalization;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// How much memory there is, in bytes. A container or another control group may allow its processes less than the machine has (Linux,
/// versions 1 and 2 of control groups): then the group's memory is what there is, since the system ends a process that takes more.
/// </summary>
public static class MachineMemory
{
    private const string Root = "/";

    /// <summary>What this process may use at most: the machine's memory, or its group's limit.</summary>
    public static long Total => TotalOf(Root, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>What is free, or could be made free; null where the system does not tell.</summary>
    public static long? Available => AvailableOf(Root);

    /// <summary>
    /// The limit of the group that this process is in, where that is less than the machine's memory; null where it is not.
    /// </summary>
    public static long? GroupLimit => GroupLimitOf(Root);

    /// <summary>What this process may grow to, what it holds already included.</summary>
    public static long Attainable => Available is { } available ? Math.Min(Total, available + Environment.WorkingSet) : Total;

    /// <param name="root">Where /proc and /sys are.</param>
    /// <param name="otherwise">Where the system does not tell.</param>
    internal static long TotalOf(string root, long otherwise) => GroupLimitOf(root) ?? InMemInfo(root, "MemTotal:") ?? otherwise;

    internal static long? AvailableOf(string root)
    {
        var free = Groups(root).Select(group => group.Limit - group.Used).OfType<long>().Select(left => Math.Max(0, left)).ToList();
        var machine = InMemInfo(root, "MemAvailable:");
        return free.Count == 0 ? machine : Math.Min(free.Min(), machine ?? long.MaxValue);
    }

    internal static long? GroupLimitOf(string root)
    {
        var least = Groups(root).Select(group => group.Limit).DefaultIfEmpty(long.MaxValue).Min();
        return least < (InMemInfo(root, "MemTotal:") ?? long.MaxValue) ? least : null;
    }

    /// <summary>
    /// The limits of this process's group and of those that it lies in, where they have one, and what is used of each that cannot be taken
    /// back.
    /// </summary>
    private static IEnumerable<(long Limit, long? Used)> Groups(string root)
    {
        // A line is "4:memory:/path" of version 1, or "0::/path" of version 2; on a system of both, memory may be in either.
        foreach (var line in Lines(root, "proc/self/cgroup"))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path]) continue;
            var isFirst = controllers.Split(',').Contains("memory");
            if (!isFirst && controllers.Length > 0) continue;
            foreach (var (mount, top) in Mounts(root, isFirst))
            {
                // In a container, what is mounted may be the group itself, or one above it.
                var inside = path == top || top == "/"
                    ? path
                    : path.StartsWith(top + "/", StringComparison.Ordinal) ? path[top.Length..] : "/";
                for (var folder = (mount + (path == top && top != "/" ? "" : inside)).TrimEnd('/'); folder.Length >= mount.Length; folder =
                    folder[..Math.Max(0, folder.LastIndexOf('/'))])
                {
                    var (limit, current, stat) = isFirst
                        ? ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ")
                        : ("memory.max", "memory.current", "inactive_file ");
                    if (Number(root, $"{folder}/{limit}") is not { } bytes || bytes is < 0 or >= long.MaxValue / 2) continue;
                    var cached = Lines(root, $"{folder}/memory.stat").FirstOrDefault(entry =>
                        entry.StartsWith(stat, StringComparison.Ordinal)) is { } found
                        && long.TryParse(found[stat.Length..], CultureInfo.InvariantCulture, out var value) ? value : 0;
                    yield return (bytes, Number(root, $"{folder}/{current}") - cached);
                }
            }
        }
    }

    /// <summary>
    /// Where groups are mounted, and which group lies there. A line: "30 23 0:26 /top /sys/fs/cgroup rw,… - cgroup2 cgroup2 rw,…".
    /// </summary>
    private static IEnumerable<(string Mount, string Top)> Mounts(string root, bool isFirst)
    {
        foreach (var line in Lines(root, "proc/self/mountinfo"))
        {
            if (line.Split(" - ") is not [var left, var right] || left.Split(' ') is not [_, _, _, var top, var mount, ..]) continue;
            if (right.Split(' ') is not [var type, _, .. var options]) continue;
            if (isFirst ? type == "cgroup" && options.Any(option => option.Split(',').Contains("memory")) : type == "cgroup2")
                yield return (mount, top);
        }
    }

    private static long? InMemInfo(string root, string name) =>
        Lines(root, "proc/meminfo").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        && long.TryParse(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1),
            CultureInfo.InvariantCulture,
            out var kilobytes)
            ? kilobytes * 1024
            : null;

    /// <summary>The number that a file holds; null where there is none, or "max".</summary>
    private static long? Number(string root, string path) =>
        Lines(root, path) is [var text, ..] && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Lines(string root, string path)
    {
        try
        {
            var full = Path.Combine(root, path.TrimStart('/'));
            return File.Exists(full) ? File.ReadAllLines(full) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
