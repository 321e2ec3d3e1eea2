using MmDiffusion.Media;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class DamagedCheckpointTests : IDisposable
{
    private static readonly TrainingConfiguration Configuration = TinyTraining.Joint with { Steps = 3 };

    private readonly TinyRun _run = new();

    [Theory]
    [InlineData("a bit of a tensor", "SHA-256")]
    [InlineData("4 KB of zeroes", "SHA-256")]
    [InlineData("the last bit", "SHA-256")]
    [InlineData("half of the tensors", "SHA-256")]
    [InlineData("no tensors", "state.safetensors", Traits = ["group", "slow"])]
    [InlineData("no description", "state.json", Traits = ["group", "slow"])]
    [InlineData("half of the description", "state.json", Traits = ["group", "slow"])]
    [InlineData("a digit of the description", "SHA-256", Traits = ["group", "slow"])]
    [InlineData("an empty folder", "state.json", Traits = ["group", "slow"])]
    [InlineData("the one before under its name", "says that it is of step 2", Traits = ["group", "slow"])]
    public void A_damaged_checkpoint_gives_way_to_the_one_before(string damage, string said)
    {
        _run.Train(Configuration);
        Damage(3, damage);
        _run.Train(Configuration with { Steps = 4 }, resume: true);
        var notice = Assert.Single(_run.Notices, notice =>
            notice.Contains("going back to the checkpoint of step 2", StringComparison.Ordinal));
        Assert.Contains(said, notice, StringComparison.Ordinal);
        _run.Train(Configuration with { Steps = 4 }, name: "whole");
        Assert.Equal(_run.State("whole", 4), _run.State("run", 4));
        Assert.Equal([4L, 3L], _run.Folder().Checkpoints());
        Assert.True(Directory.Exists(_run.Path("checkpoints", "damaged-step-00000003")));
    }

    [Fact]
    public void A_run_without_any_checkpoint_that_can_be_read_is_refused_and_left_as_it_is()
    {
        _run.Train(Configuration);
        Damage(3, "no description");
        Damage(2, "a bit of a tensor");
        var message = Assert.ThrowsAny<MmDiffusionException>(() => _run.Train(Configuration with { Steps = 4 }, resume: true)).Message;
        Assert.Contains("no checkpoint in", message, StringComparison.Ordinal);
        Assert.Contains(_run.Checkpoint(3), message, StringComparison.Ordinal);
        Assert.Contains(_run.Checkpoint(2), message, StringComparison.Ordinal);
        Assert.Equal([3L, 2L], _run.Folder().Checkpoints());
    }

    [Fact]
    public void A_checkpoint_that_was_moved_aside_and_not_replaced_is_the_only_copy_and_comes_back()
    {
        _run.Train(Configuration);
        Directory.Move(_run.Checkpoint(3), _run.Path("checkpoints", ".step-00000003.77-abc.old"));
        Directory.CreateDirectory(_run.Path("checkpoints", ".step-00000004.77-abc.part"));
        _run.Train(Configuration, resume: true);
        Assert.Equal(
            ["step-00000002", "step-00000003"],
            Directory.GetDirectories(_run.Path("checkpoints")).Select(Path.GetFileName).Order());
        Assert.Equal([3L, 2L], _run.Folder().Checkpoints());
    }

    [Fact]
    public void A_start_from_the_beginning_does_not_take_up_the_only_copy_that_was_moved_aside()
    {
        _run.Train(Configuration with { Steps = 1 });
        Directory.Move(_run.Checkpoint(1), _run.Path("checkpoints", ".step-00000001.77-abc.old"));
        var message = Assert.ThrowsAny<MmDiffusionException>(() => _run.Train(Configuration)).Message;
        Assert.Contains("holds a run already, at step 1", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("step-00000001.bak")]
    [InlineData("step-00000009 (copy)")]
    [InlineData("step-9")]
    [InlineData("step-000000009")]
    [InlineData("step-")]
    [InlineData("step-best")]
    [InlineData("old-step-00000009")]
    public void What_is_not_named_as_a_checkpoint_is_none(string name)
    {
        _run.Train(Configuration with { Steps = 1 });
        Directory.CreateDirectory(_run.Path("checkpoints", name));
        _run.Train(Configuration, resume: true);
        // The first was reviewed, as the end of its run.
        Assert.Equal([3L, 2L, 1L], _run.Folder().Checkpoints());
        Assert.True(Directory.Exists(_run.Path("checkpoints", name)));
    }

    [Fact]
    public void An_old_checkpoint_that_holds_something_of_the_users_stays_and_training_goes_on()
    {
        _run.Train(Configuration with { Steps = 2 });
        File.WriteAllText(_run.Checkpoint(1, "notes.txt"), "the good one");
        _run.Train(Configuration with { Steps = 4 }, resume: true);
        Assert.Equal([4L, 3L, 2L, 1L], _run.Folder().Checkpoints());
        Assert.Equal("the good one", File.ReadAllText(_run.Checkpoint(1, "notes.txt")));
        Assert.Single(_run.Notices, notice => notice.Contains("notes.txt", StringComparison.Ordinal));
    }

    [Fact]
    public void An_old_checkpoint_that_cannot_be_deleted_is_told_once_and_training_goes_on()
    {
        _run.Train(Configuration with { Steps = 2 });
        Assert.SkipUnless(Immutable(_run.Checkpoint(1), true), "no file can be made immutable here");
        try
        {
            _run.Train(Configuration with { Steps = 4 }, resume: true);
        }
        finally
        {
            Immutable(_run.Checkpoint(1), false);
        }
        Assert.Equal([4L, 3L, 2L, 1L], _run.Folder().Checkpoints());
        Assert.Single(_run.Notices, notice => notice.Contains("cannot be deleted", StringComparison.Ordinal));
    }

    [Fact]
    public void A_digit_of_what_the_choice_of_timesteps_has_learned_is_damage_too()
    {
        var aware = Configuration with { Timesteps = TimestepSampling.LossAware };
        _run.Train(aware);
        var path = _run.Checkpoint(3, "state.json");
        var state = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        state["timestep_losses"]![state["timestep_losses"]!.AsArray().Index().First(losses => losses.Item!.AsArray().Count > 0).Index]![0] =
            0.123;
        File.WriteAllText(path, state.ToJsonString());
        _run.Train(aware with { Steps = 4 }, resume: true);
        Assert.Single(_run.Notices, notice => notice.Contains("going back to the checkpoint of step 2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_kept_in_a_description()
    {
        Directory.CreateDirectory(_run.Path());
        var state = new TrainingState
        {
            Step = 3,
            Seed = 5,
            Data = "clips",
            Configuration = Configuration,
            TimestepLosses = [[double.PositiveInfinity, 0.5], [double.NaN]],
        };
        File.WriteAllText(_run.Path("state.json"), state.ToJson());
        Assert.Equal(state.TimestepLosses, TrainingState.Read(_run.Path("state.json")).TimestepLosses);
    }

    public void Dispose() => _run.Dispose();

    private static bool Immutable(string path, bool on)
    {
        if (!File.Exists("/usr/bin/chattr")) return false;
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "/usr/bin/chattr",
            [on ? "+i" : "-i", path])
        { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private void Damage(long step, string what)
    {
        var (tensors, description) = (_run.Checkpoint(step, "state.safetensors"), _run.Checkpoint(step, "state.json"));
        var bytes = File.ReadAllBytes(tensors);
        switch (what)
        {
            case "a bit of a tensor":
                bytes[bytes.Length / 2] ^= 1;
                break;
            case "4 KB of zeroes":
                bytes.AsSpan(bytes.Length / 3, 4096).Clear();
                break;
            case "the last bit":
                bytes[^1] ^= 1;
                break;
            case "half of the tensors":
                Array.Resize(ref bytes, bytes.Length / 2);
                break;
        }
        File.WriteAllBytes(tensors, bytes);
        var text = File.ReadAllText(description);
        if (what == "no tensors") File.Delete(tensors);
        if (what == "no description") File.Delete(description);
        if (what == "half of the description") File.WriteAllText(description, text[..(text.Length / 2)]);
        if (what == "a digit of the description")
            File.WriteAllText(description, text.Replace("\"seed\": 5", "\"seed\": 7", StringComparison.Ordinal));
        if (what == "an empty folder") foreach (var file in Directory.GetFiles(_run.Checkpoint(step))) File.Delete(file);
        if (what == "the one before under its name")
            foreach (var file in Directory.GetFiles(_run.Checkpoint(step - 1)))
                File.Copy(file, _run.Checkpoint(step, Path.GetFileName(file)), overwrite: true);
    }
}
