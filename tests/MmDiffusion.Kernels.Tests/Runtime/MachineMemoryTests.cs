using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

/// <summary>Control groups as Linux shows them, in folders of their own.</summary>
[Trait("group", "unit")]
public sealed class MachineMemoryTests : IDisposable
{
    private const long Kilobyte = 1024;
    private const long Gigabyte = 1L << 30;

    private readonly TemporaryFolder _root = new();

    public MachineMemoryTests() =>
        Write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         100 kB\nMemAvailable:    8388608 kB\n");

    [Fact]
    public void Without_a_group_the_machine_s_memory_is_what_there_is()
    {
        AssertMemory(16 * Gigabyte, 8 * Gigabyte, limit: null);
        Group2("/", "/", "max", current: 1, cached: 0);
        AssertMemory(16 * Gigabyte, 8 * Gigabyte, limit: null);
    }

    [Fact]
    public void The_group_s_limit_is_the_memory_and_its_cached_files_can_be_taken_back()
    {
        Group2("/user.slice/run.scope", "/", "1073741824", current: 900 << 20, cached: 400 << 20);
        AssertMemory(Gigabyte, (1024 - 500) << 20, limit: Gigabyte);
    }

    [Fact]
    public void A_group_around_the_group_limits_it_too()
    {
        Group2("/a/b/c", "/", "max", current: 1, cached: 0);
        Write("sys/fs/cgroup/a/memory.max", "268435456\n");
        Write("sys/fs/cgroup/a/memory.current", "1048576\n");
        AssertMemory(256 << 20, 255 << 20, limit: 256 << 20);
        Write("sys/fs/cgroup/a/b/memory.max", "1073741824\n");
        AssertMemory(256 << 20, 255 << 20, limit: 256 << 20);
    }

    [Fact]
    public void A_container_sees_its_own_group_as_the_top()
    {
        Group2("/", "/", "536870912", current: 600 << 20, cached: 0);
        AssertMemory(512 << 20, 0, limit: 512 << 20);
    }

    [Fact]
    public void A_container_without_a_namespace_finds_its_group_where_it_is_mounted()
    {
        Write("proc/self/cgroup", "0::/docker/abc\n");
        Write("proc/self/mountinfo", "30 23 0:26 /docker/abc /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n");
        Write("sys/fs/cgroup/memory.max", "1073741824\n");
        Write("sys/fs/cgroup/memory.current", "0\n");
        AssertMemory(Gigabyte, Gigabyte, limit: Gigabyte);
    }

    [Theory]
    [InlineData("1073741824", 1L << 30)]
    [InlineData("9223372036854771712", null)]
    [InlineData("-1", null)]
    public void Groups_of_the_first_version_are_read(string limit, long? expected)
    {
        Write("proc/self/cgroup", "9:cpu,cpuacct:/x\n4:memory:/slurm/job_1\n0::/other\n");
        Write(
            "proc/self/mountinfo",
            "33 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n36 25 0:32 / /sys/fs/cgroup/memory "
            + "rw shared:1 - cgroup cgroup rw,memory\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/memory/slurm/job_1/memory.limit_in_bytes", limit + "\n");
        Write("sys/fs/cgroup/memory/slurm/job_1/memory.usage_in_bytes", "536870912\n");
        Write("sys/fs/cgroup/memory/slurm/job_1/memory.stat", "cache 9\ninactive_file 1\ntotal_inactive_file 104857600\n");
        AssertMemory(expected ?? 16 * Gigabyte, expected is null ? 8 * Gigabyte : (512 + 100) << 20, expected);
    }

    [Fact]
    public void A_limit_above_the_machine_s_memory_is_none()
    {
        Group2("/a", "/", $"{64 * Gigabyte}", current: 0, cached: 0);
        AssertMemory(16 * Gigabyte, 8 * Gigabyte, limit: null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n")]
    [InlineData("0::\n")]
    [InlineData("0::/../..\n")]
    [InlineData("4:memory:/gone\n")]
    public void What_cannot_be_read_limits_nothing(string groups)
    {
        Write("proc/self/cgroup", groups);
        Write("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\nnonsense\n");
        AssertMemory(16 * Gigabyte, 8 * Gigabyte, limit: null);
    }

    [Fact]
    public void A_system_that_tells_nothing_has_what_the_runtime_says()
    {
        File.Delete(_root["proc/meminfo"]);
        Assert.Equal(
            (5L, null, null),
            (MachineMemory.TotalOf(_root.Path, 5), MachineMemory.AvailableOf(_root.Path), MachineMemory.GroupLimitOf(_root.Path)));
    }

    [Fact]
    public void This_machine_has_memory()
    {
        Assert.InRange(MachineMemory.Total, 1 << 26, long.MaxValue);
        Assert.InRange(MachineMemory.Available ?? 0, 0, MachineMemory.Total);
        Assert.True(MachineMemory.Attainable <= MachineMemory.Total);
    }

    public void Dispose() => _root.Dispose();

    private void AssertMemory(long total, long available, long? limit) => Assert.Equal(
        (total, available, limit),
        (MachineMemory.TotalOf(_root.Path, 3 * Kilobyte),
            MachineMemory.AvailableOf(_root.Path) ?? -1,
            MachineMemory.GroupLimitOf(_root.Path)));

    private void Group2(string path, string top, string limit, long current, long cached)
    {
        Write("proc/self/cgroup", $"0::{path}\n");
        Write("proc/self/mountinfo", $"30 23 0:26 {top} /sys/fs/cgroup rw,nosuid,nodev - cgroup2 cgroup2 rw,nsdelegate\n");
        Write($"sys/fs/cgroup{path}/memory.max", limit + "\n");
        Write($"sys/fs/cgroup{path}/memory.current", $"{current}\n");
        Write($"sys/fs/cgroup{path}/memory.stat", $"anon 5\ninactive_file {cached}\nactive_file 7\n");
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root[path])!);
        File.WriteAllText(_root[path], text);
    }
}
