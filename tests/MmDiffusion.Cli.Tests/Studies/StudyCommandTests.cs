using System.Net;
using MmDiffusion.Cli.Tests.Processes;

namespace MmDiffusion.Cli.Tests.Studies;

[Trait("group", "media")]
public sealed class StudyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Database => $"sqlite:{_folder["studies.db"]}";

    [Fact]
    public void A_study_is_made_reported_and_exported()
    {
        var made = Create("first", ("real", 32), ("ours", 32)).Json();
        Assert.Equal(
            (4, 256, 256),
            (made.GetProperty("items").GetInt32(), made.GetProperty("width").GetInt32(), made.GetProperty("height").GetInt32()));
        var files = CommandRun.Succeed("study", "report", "first", "--database", Database, "--output", _folder["out"]).Lines;
        Assert.Equal([_folder["out/first.html"], _folder["out/first.json"]], files);
        Assert.Contains("Study first", File.ReadAllText(files[0]), StringComparison.Ordinal);
        var report = CommandRun.Succeed("study", "report", "first", "--database", Database, "--json").Json();
        Assert.Equal(0, report.GetProperty("joined").GetInt32());
        var table = CommandRun.Succeed("study", "export", "first", "--database", Database).Lines;
        Assert.StartsWith("rater,position,role,item,system_a,", Assert.Single(table), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Clips_are_cut_to_the_shape_that_is_asked_for()
    {
        var arguments = Arguments("shapes", ("real", 32), ("ours", 48));
        Assert.Contains("holds 2 clips", CommandRun.Refuse(ExitCode.Failure, [.. arguments, "--clips", "3"]), StringComparison.Ordinal);
        Assert.Contains("--crop is '2'", CommandRun.Refuse(ExitCode.Usage, [.. arguments, "--crop", "2"]), StringComparison.Ordinal);
        var made = CommandRun.Succeed([.. arguments, "--crop", "2:1"]).Json();
        Assert.Equal(2 * made.GetProperty("height").GetInt32(), made.GetProperty("width").GetInt32());
    }

    [Fact]
    public void What_is_wrong_is_told_in_a_sentence()
    {
        Assert.Contains(
            "expected LABEL=DIR",
            CommandRun.Refuse(ExitCode.Usage, "study", "create", "x", "--system", "real", "--database", Database),
            StringComparison.Ordinal);
        Assert.Contains(
            "there is no folder",
            CommandRun.Refuse(ExitCode.Failure, "study", "create", "x", "--system", "real=/nowhere", "--database", Database),
            StringComparison.Ordinal);
        Create("twice", ("real", 32));
        Assert.Contains(
            "there is no study named 'x'",
            CommandRun.Refuse(ExitCode.Failure, "study", "report", "x", "--database", Database),
            StringComparison.Ordinal);
        Assert.Contains(
            "'twice' already",
            CommandRun.Refuse(ExitCode.Failure, "study", "create", "twice", "--system", $"real={_folder["real"]}", "--database", Database),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("mysql:Password=secret")]
    [InlineData("sqlite:")]
    public void A_database_that_is_not_understood_is_a_matter_of_usage(string address)
    {
        var message = CommandRun.Refuse(ExitCode.Usage, "study", "report", "x", "--database", address);
        Assert.Contains("expected sqlite:FILE", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_made_where_a_command_fails()
    {
        foreach (var command in (string[])["report", "export"])
            Assert.Contains(
                "there is no database",
                CommandRun.Refuse(ExitCode.Failure, "study", command, "x", "--database", Database),
                StringComparison.Ordinal);
        Assert.Contains(
            "there is no database",
            CommandRun.Refuse(ExitCode.Failure, "study", "serve", "--database", Database),
            StringComparison.Ordinal);
        CommandRun.Refuse(
            ExitCode.Failure, "study", "create", "x", "--kind", "pairwise", "--system", $"real={_folder["nowhere"]}", "--database",
            Database);
        Assert.False(File.Exists(_folder["studies.db"]));
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task An_address_that_is_taken_is_told_in_one_line()
    {
        Create("any", ("real", 32));
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var start = BuiltProgram.StartInfo(
            BuiltProgram.Folder, "study", "serve", "--urls", $"http://{taken.LocalEndpoint}", "--database", Database);
        using var program = System.Diagnostics.Process.Start(start)!;
        var output = program.StandardOutput.ReadToEndAsync();
        var error = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Equal(ExitCode.Failure, program.ExitCode);
        Assert.StartsWith("mmdiff: cannot listen on", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal("", await output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("https://127.0.0.1:5443")]
    [InlineData("ftp://127.0.0.1")]
    public void An_address_that_nobody_can_listen_on_is_a_matter_of_usage(string urls)
    {
        foreach (var command in (string[])["serve", "demo"])
            Assert.Contains(
                "address to listen on",
                CommandRun.Refuse(ExitCode.Usage, "study", command, "--urls", urls, "--database", Database),
                StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["studies.db"]));
    }

    [Fact]
    public void An_address_of_another_machine_is_told_in_one_line()
    {
        Studio.Storage.StudyDatabase.Open(Database).Dispose();
        // Kept for documentation (RFC 5737): no machine has it.
        Assert.Contains(
            "cannot listen on http://192.0.2.1:5099",
            CommandRun.Refuse(ExitCode.Failure, "study", "serve", "--urls", "http://192.0.2.1:5099", "--database", Database),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_fills_while_a_study_is_made_is_told_in_one_line_and_nothing_is_kept()
    {
        CommandRun.Succeed("data", "synth", "--count", "2", "--size", "32", "--output", _folder["real"]);
        using var disk = new SmallDisk(220);
        string[] arguments =
        [
            "study", "create", "big", "--attention-checks", "2", "--duplicates", "0", "--system", $"real={_folder["real"]}", "--database",
            $"sqlite:{disk["studies.db"]}",
        ];
        Studio.Storage.StudyDatabase.Open($"sqlite:{disk["studies.db"]}").Dispose();
        var run = CommandRun.Of(arguments);
        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Output));
        var sentence = run.ErrorLines[^1];
        Assert.Contains("the study is not made", sentence, StringComparison.Ordinal);
        Assert.Contains("its disk is full", sentence, StringComparison.Ordinal);
        Assert.Contains(
            "the database holds none",
            CommandRun.Refuse(ExitCode.Failure, "study", "report", "big", "--database", $"sqlite:{disk["studies.db"]}"),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task A_result_that_the_standard_output_does_not_take_is_told_in_one_line()
    {
        if (!File.Exists("/dev/full")) Assert.Skip("there is no device that is always full");
        Create("any", ("real", 32));
        foreach (var command in (string[])[$"study export any --database {Database}", $"study report any --json --database {Database}"])
        {
            var start = BuiltProgram.StartInfo(BuiltProgram.Folder);
            var program = string.Join(' ', new[] { start.FileName }.Concat(start.ArgumentList).Select(part => $"'{part}'"));
            var shell = new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"{program} {command} > /dev/full"])
            {
                RedirectStandardError = true,
            };
            using var process = System.Diagnostics.Process.Start(shell)!;
            var error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(ExitCode.Failure, process.ExitCode);
            Assert.Contains("cannot write to the standard output", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Names_with_control_characters_do_not_reach_the_terminal()
    {
        // As an older version let it be made.
        using (var database = Studio.Storage.StudyDatabase.Open(Database)) database.Dispose();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_folder["studies.db"]};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO Studies VALUES ('i', 'a' || char(27) || '[31mred' || char(10) || 'x', "
                + "'{}', 0, 'j', 'h', x'00', 1.0, 2, 2, 1)";
            await command.ExecuteNonQueryAsync();
        }

        var sentence = CommandRun.Refuse(ExitCode.Failure, "study", "report", "other", "--database", Database);
        Assert.Contains("a\\u001b[31mred\\nx", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "\u001b",
            CommandRun.Refuse(ExitCode.Failure, "study", "report", "b\u001b[2J", "--database", Database),
            StringComparison.Ordinal);
        Assert.DoesNotContain(
            "\u001b",
            CommandRun.Refuse(
                ExitCode.Failure, "study", "create", "b\u001b[2J", "--system", $"c\u0007={_folder.Path}", "--database", Database),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task The_demonstration_serves_a_study_of_the_embedded_model_in_one_command()
    {
        var start = BuiltProgram.StartInfo(
            BuiltProgram.Folder, "study", "demo", "--clips", "1", "--urls", "http://127.0.0.1:0", "--database", Database);
        using var program = System.Diagnostics.Process.Start(start)!;
        try
        {
            var error = program.StandardError.ReadToEndAsync();
            string? line;
            do line = await program.StandardOutput.ReadLineAsync();
            while (line is not null && !line.StartsWith("demo: http://", StringComparison.Ordinal));
            if (line is null) Assert.Fail(await error);
            var link = new Uri(line["demo: ".Length..]);
            using var client = new HttpClient();
            Assert.Contains("A study of short clips", await client.GetStringAsync(link), StringComparison.Ordinal);
            using var nowhere = await client.GetAsync(new Uri(link, "/r/nowhere"));
            Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        }
        finally
        {
            program.Kill();
            await program.WaitForExitAsync();
        }
    }

    private CommandRun Create(string name, params (string Label, int Size)[] systems) => CommandRun.Succeed(Arguments(name, systems));

    private string[] Arguments(string name, params (string Label, int Size)[] systems)
    {
        foreach (var (label, size) in systems)
            CommandRun.Succeed("data", "synth", "--count", "2", "--size", $"{size}", "--output", _folder[label]);
        return [
            "study",
            "create",
            name,
            "--json",
            "--attention-checks",
            "1",
            "--duplicates",
            "0",
            "--database",
            Database,
            .. systems.SelectMany(system => new[] { "--system", $"{system.Label}={_folder[system.Label]}" }),
        ];
    }
}
