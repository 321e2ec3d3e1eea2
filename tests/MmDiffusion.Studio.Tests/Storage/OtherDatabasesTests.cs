using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using MmDiffusion.Media;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Tests.Fixtures;
using Npgsql;

namespace MmDiffusion.Studio.Tests.Storage;

/// <summary>Databases of other programs, of other versions, and where nothing can be written.</summary>
public sealed class OtherDatabasesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [Trait("group", "unit")]
    [InlineData("CREATE TABLE moz_places (id INTEGER PRIMARY KEY); INSERT INTO moz_places VALUES (1)", "moz_places")]
    [InlineData("CREATE VIEW figures AS SELECT 1 AS one", "figures")]
    [InlineData("CREATE TABLE Studies (Id TEXT)", "Studies")]
    [InlineData(
        "CREATE TABLE __EFMigrationsHistory (MigrationId TEXT PRIMARY KEY, ProductVersion TEXT); INSERT INTO "
            + "__EFMigrationsHistory VALUES ('20200101_Shop', '8')",
        "20200101_Shop")]
    public void A_file_of_another_program_is_refused_and_stays_as_it_is(string sql, string holds)
    {
        Execute(_folder["foreign.db"], sql);
        var before = Digest(_folder["foreign.db"]);
        foreach (var open in Ways(_folder["foreign.db"]))
        {
            var failure = Assert.ThrowsAny<MmDiffusionException>(open);
            Assert.Contains("is no database of studies", failure.Message, StringComparison.Ordinal);
            Assert.Contains(holds, failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Digest(_folder["foreign.db"]));
        Assert.Equal(["foreign.db"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [Trait("group", "unit")]
    [InlineData(false)]
    [InlineData(true)]
    public void To_read_a_database_without_studies_is_refused_and_to_make_one_in_it_is_not(bool hasTables)
    {
        if (hasTables)
            Execute(_folder["empty.db"], "CREATE TABLE __EFMigrationsHistory (MigrationId TEXT PRIMARY KEY, ProductVersion TEXT)");
        else File.WriteAllBytes(_folder["empty.db"], []);
        var size = new FileInfo(_folder["empty.db"]).Length;
        Assert.Contains(
            "holds no studies",
            Assert.ThrowsAny<MmDiffusionException>(() => StudyDatabase.Open($"sqlite:{_folder["empty.db"]}", create: false)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "holds no studies",
            Assert.ThrowsAny<MmDiffusionException>(() => StudyDatabase.OpenForReading($"sqlite:{_folder["empty.db"]}")).Message,
            StringComparison.Ordinal);
        Assert.Equal(size, new FileInfo(_folder["empty.db"]).Length);
        using var database = StudyDatabase.Open($"sqlite:{_folder["empty.db"]}");
        using var context = database.Read();
        Assert.Empty(context.Studies);
    }

    [Fact]
    [Trait("group", "unit")]
    public void What_is_no_file_is_refused_in_a_sentence_and_nothing_is_made()
    {
        Directory.CreateDirectory(_folder["folder"]);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [_folder["pipe"]])) mkfifo.WaitForExit();
        (string Path, string Said)[] cases =
        [
            (_folder["folder"], $"'{_folder["folder"]}': it is a folder; name a file in it, such as sqlite:{_folder["folder/studies.db"]}"),
            (_folder["folder"] + "/", "it is a folder"),
            (_folder.Path + "/.", "it is a folder"),
            (_folder["pipe"], "it is no file but a named pipe"),
            ("/dev/null", "it is no file but"),
        ];
        foreach (var (path, said) in cases)
            foreach (var open in Ways(path))
                Assert.Contains(said, Assert.ThrowsAny<MmDiffusionException>(open).Message, StringComparison.Ordinal);
        foreach (var open in Ways(_folder["none/studies.db"]))
            Assert.Matches(
                "there is no (folder '.*none'; make it|database '.*none/studies.db'; check)",
                Assert.ThrowsAny<MmDiffusionException>(open).Message);
        Assert.Contains(
            "it is the name of a folder",
            Assert.ThrowsAny<MmDiffusionException>(() => StudyDatabase.Open($"sqlite:{_folder["none"]}/")).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            ["folder", "pipe"],
            Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // A link to a file is the file.
        StudyDatabase.Open($"sqlite:{_folder["folder/real.db"]}").Dispose();
        File.CreateSymbolicLink(_folder["link.db"], _folder["folder/real.db"]);
        StudyDatabase.Open($"sqlite:{_folder["link.db"]}").Dispose();
    }

    [Fact]
    [Trait("group", "unit")]
    public async Task A_database_of_a_newer_version_is_refused_by_every_command()
    {
        using (var database = StudyDatabase.Open($"sqlite:{_folder["new.db"]}")) await TestStudy.InsertAsync(database, TestStudy.SmallPlan);
        Execute(
            _folder["new.db"],
            """INSERT INTO "__EFMigrationsHistory" VALUES ('900_what_comes_later', '12.0.0');"""
                + """ ALTER TABLE "Answers" ADD COLUMN "Mood" INTEGER NOT NULL DEFAULT 0""");
        foreach (var open in Ways(_folder["new.db"]))
        {
            var failure = Assert.ThrowsAny<MmDiffusionException>(open);
            Assert.Contains("newer version", failure.Message, StringComparison.Ordinal);
            Assert.Contains("900_what_comes_later", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("group", "unit")]
    public async Task A_migration_that_was_killed_does_not_keep_the_next_one_waiting_for_ever()
    {
        using (var database = StudyDatabase.Open($"sqlite:{_folder["killed.db"]}"))
            await TestStudy.InsertAsync(database, TestStudy.SmallPlan);
        Execute(
            _folder["killed.db"],
            """
            DROP TABLE "EndedSessions"; DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" LIKE '002%';
            CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 10:00:00.0000000+00:00')
            """);
        var opened = await Task.Run(() => StudyDatabase.Open($"sqlite:{_folder["killed.db"]}")).WaitAsync(TimeSpan.FromSeconds(30));
        using (opened) Assert.Single(await StudyReports.ListAsync(opened));
    }

    /// <summary>Good databases, on a disk that can only be read.</summary>
    [Theory]
    [Trait("group", "unit")]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_database_on_a_disk_that_can_only_be_read_is_reported_and_exported(bool wasKilled, bool isOld)
    {
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, TestStudy.SmallPlan, name: "good");
        var file = studies.Address["sqlite:".Length..];
        if (isOld) Execute(file, """DROP TABLE "EndedSessions"; DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" LIKE '002%'""");
        // What is in the log only must be there, too.
        await studies.Database.WriteAsync(study.Id, context =>
            Task.FromResult(context.Raters.Add(new RaterRow { Id = "r", StudyId = study.Id, TokenHash = "h", Seed = 1, JoinedAt = 1 })));
        using var disk = new SmallDisk(4000);
        if (!wasKilled) Execute(file, "PRAGMA wal_checkpoint(TRUNCATE)");
        File.Copy(file, disk["a #1 ?.db"]);
        if (wasKilled) File.Copy(file + "-wal", disk["a #1 ?.db-wal"]);
        var names = disk.Names.ToList();
        disk.MakeReadOnly();
        using (var database = StudyDatabase.OpenForReading($"sqlite:{disk["a #1 ?.db"]}"))
        {
            Assert.Equal(1, (await StudyReports.BuildAsync(database, "good")).Joined);
            Assert.StartsWith("rater,", await StudyReports.ExportAsync(database, "good"), StringComparison.Ordinal);
        }

        Assert.Equal(names, disk.Names);
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "mmdiff-studies-*"));
        // To serve it, it must take answers.
        Assert.Contains(
            "cannot open the studies",
            Assert.ThrowsAny<MmDiffusionException>(() => StudyDatabase.Open($"sqlite:{disk["a #1 ?.db"]}", create: false)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "web")]
    public void In_postgres_nothing_is_made_by_reading_and_a_newer_version_is_refused()
    {
        var address = PostgresCluster.NewDatabase();
        foreach (var open in (Action[])[() => StudyDatabase.Open(address, create: false), () => StudyDatabase.OpenForReading(address)])
            Assert.Contains("holds no studies", Assert.ThrowsAny<MmDiffusionException>(open).Message, StringComparison.Ordinal);
        using var connection = new NpgsqlConnection(address["postgres:".Length..]);
        connection.Open();
        Assert.Equal(0L, Ask("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"));
        Ask("CREATE TABLE shop (id int)");
        StudyDatabase.Open(address).Dispose();
        Ask("""INSERT INTO "__EFMigrationsHistory" VALUES ('900_what_comes_later', '12.0.0')""");
        foreach (var open in (Action[])[() => StudyDatabase.Open(address), () => StudyDatabase.OpenForReading(address)])
            Assert.Contains("newer version", Assert.ThrowsAny<MmDiffusionException>(open).Message, StringComparison.Ordinal);

        object? Ask(string sql)
        {
            using var command = new NpgsqlCommand(sql, connection);
            return command.ExecuteScalar();
        }
    }

    private static Action[] Ways(string file) =>
    [
        () => StudyDatabase.Open($"sqlite:{file}"),
        () => StudyDatabase.Open($"sqlite:{file}", create: false),
        () => StudyDatabase.OpenForReading($"sqlite:{file}"),
    ];

    private static void Execute(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string Digest(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}
