using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>The examples in docs/cluster: what they would start is understood by this command line.</summary>
[Trait("group", "unit")]
public sealed class ClusterExampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_slurm_script_starts_a_rank_on_each_task_and_passes_the_warning_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no Slurm");
        Tool("mmdiff", "exit 0");
        // The stand-in is warned as Slurm would, by way of the script.
        Tool(
            "mpirun",
            "printf '%s\\n' \"$@\" > arguments; trap 'echo warned > warned; exit 130' USR1; kill -USR1 "
            + "$PPID; for i in $(seq 50); do sleep 0.1; done");
        var start = new ProcessStartInfo("bash", [Path.Combine(Checkout.Root, "docs", "cluster", "train.slurm")])
        {
            RedirectStandardError = true,
        };
        start.Environment["SLURM_SUBMIT_DIR"] = _folder.Path;
        start.Environment["SLURM_NTASKS"] = "4";
        start.Environment["PATH"] = $"{_folder.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        using var script = Process.Start(start)!;
        Assert.Equal("", script.StandardError.ReadToEnd());
        script.WaitForExit();
        Assert.Equal(130, script.ExitCode);
        Assert.True(File.Exists(_folder["warned"]));
        AssertUnderstood(File.ReadAllLines(_folder["arguments"]), "4");
    }

    [Fact]
    public void The_kubernetes_job_starts_a_rank_in_each_worker()
    {
        var job = JsonNode.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "cluster", "mpijob.json")))!;
        Assert.Equal(("kubeflow.org/v2beta1", "MPIJob"), (job["apiVersion"]!.GetValue<string>(), job["kind"]!.GetValue<string>()));
        AssertKnown(job["spec"]!, "slotsPerWorker", "sshAuthMountPath", "runPolicy", "mpiReplicaSpecs");
        AssertKnown(job["spec"]!["runPolicy"]!, "cleanPodPolicy", "backoffLimit");
        var (launcher, worker) = (job["spec"]!["mpiReplicaSpecs"]!["Launcher"]!, job["spec"]!["mpiReplicaSpecs"]!["Worker"]!);
        foreach (var replica in new[] { launcher, worker })
        {
            AssertKnown(replica, "replicas", "restartPolicy", "template");
            AssertKnown(Container(replica), "name", "image", "securityContext", "command", "resources", "volumeMounts");
            // Open MPI refuses to start as root, and sshd finds the keys of the user that it runs as.
            Assert.NotEqual(0, Container(replica)["securityContext"]!["runAsUser"]!.GetValue<int>());
        }
        Assert.Equal("/home/mpiuser/.ssh", job["spec"]!["sshAuthMountPath"]!.GetValue<string>());
        Assert.Contains("/home/mpiuser/.sshd_config", Words(worker));
        var command = Words(launcher);
        Assert.Equal("mpirun", command[0]);
        AssertUnderstood(command[1..], $"{worker["replicas"]!.GetValue<int>() * job["spec"]!["slotsPerWorker"]!.GetValue<int>()}");
        Assert.Contains($"OMP_NUM_THREADS={Container(worker)["resources"]!["limits"]!["cpu"]!.GetValue<string>()}", command);
        var volumes = worker["template"]!["spec"]!["volumes"]!.AsArray().Select(volume => volume!["name"]!.GetValue<string>());
        Assert.Equal(
            volumes.Order(),
            Container(worker)["volumeMounts"]!.AsArray().Select(mount => mount!["name"]!.GetValue<string>()).Order());
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Words(JsonNode replica) =>
    [
        .. Container(replica)["command"]!.AsArray().Select(word => word!.GetValue<string>()),
    ];

    /// <summary>The operator's own definition has these fields; it refuses others.</summary>
    private static void AssertKnown(JsonNode node, params string[] fields) =>
        Assert.Empty(node.AsObject().Select(field => field.Key).Except(fields));

    private static JsonNode Container(JsonNode replica) => Assert.Single(replica["template"]!["spec"]!["containers"]!.AsArray())!;

    private static void AssertUnderstood(string[] arguments, string ranks)
    {
        Assert.Equal(["-n", ranks], arguments[..2]);
        var program = Array.FindIndex(arguments, word => word.EndsWith("mmdiff", StringComparison.Ordinal));
        using var terminal = new TestTerminal();
        Assert.Empty(new CommandLine(terminal.Terminal).Root.Parse(arguments[(program + 1)..]).Errors);
        var config = arguments[Array.IndexOf(arguments, "--config") + 1];
        Assert.True(File.Exists(Path.Combine(Checkout.Root, config[config.IndexOf("configs", StringComparison.Ordinal)..])));
    }

    private void Tool(string name, string script)
    {
        File.WriteAllText(_folder[name], $"#!/usr/bin/env bash\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
