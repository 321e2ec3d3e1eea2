using System.Diagnostics;
using System.Net;
using Microsoft.Data.Sqlite;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Durability;

/// <summary>
/// A database that takes no writes for a while: who is told of a failure may send again, and the study continues by itself.
/// </summary>
public sealed class WriterOutageTests
{
    [Fact]
    [Trait("group", "web")]
    public async Task While_another_program_keeps_the_file_locked_health_says_so_and_an_answer_waits()
    {
        using var studies = new TemporaryStudies();
        await using var scene = await Scene.StartAsync(studies.Database);
        var fields = await scene.PlayAsync();
        using (var holder = Lock(studies.Address))
        {
            var answering = scene.AnswerAsync(fields);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await scene.HealthAsync());
            Assert.False(answering.IsCompleted);
            // Reading continues.
            Assert.Contains("Clip 1 of", await scene.Rater.PageAsync(), StringComparison.Ordinal);
            Release(holder);
            Assert.Equal(HttpStatusCode.SeeOther, await answering.WaitAsync(TimeSpan.FromSeconds(20)));
        }

        await scene.RecoversAsync(answers: 1);
    }

    [Theory]
    [Trait("group", "unit")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_file_is_away_or_another_s_no_answer_is_taken_for_stored_and_once_it_is_back_the_study_goes_on(
        bool isReplaced)
    {
        using var studies = new TemporaryStudies();
        await using var scene = await Scene.StartAsync(studies.Database);
        var fields = await scene.PlayAsync();
        await TestRater.WaitToEndAsync(scene.Study, fields);
        var file = studies.Address["sqlite:".Length..];
        var away = file + ".away";
        Assert.Equal(HttpStatusCode.OK, await scene.HealthAsync());
        File.Move(file, away);
        if (isReplaced) File.Copy(away, file);
        Assert.Equal(HttpStatusCode.InternalServerError, await scene.AnswerAsync(fields));
        await Task.Delay(1100); // as long as health does not look again
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await scene.HealthAsync());
        Assert.Contains(scene.Server.Log.Lines, line => line.Contains("DatabaseMovedException", StringComparison.Ordinal));
        // Nothing was made in its place.
        Assert.Equal(isReplaced, File.Exists(file));
        File.Move(away, file, overwrite: true);
        Assert.Equal(0, scene.AnswersStored);
        Assert.Equal(HttpStatusCode.SeeOther, await scene.AnswerAsync(fields));
        await scene.RecoversAsync(answers: 1);
    }

    [Theory]
    [Trait("group", "slow")]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Who_was_told_of_a_failure_while_the_file_was_locked_is_not_stored_until_they_send_again(int raters)
    {
        using var studies = new TemporaryStudies();
        await using var scene = await Scene.StartAsync(studies.Database);
        var others = new List<(TestRater Rater, string Page, Dictionary<string, string> Fields)>();
        for (var i = 1; i < raters; i++)
        {
            var rater = await TestRater.JoinAsync(scene.Client, studies.Database, scene.Study);
            var page = await rater.PageAsync();
            others.Add((rater, page, await rater.FetchClipsAsync(page, _ => "3")));
        }

        var fields = await scene.PlayAsync();
        await TestRater.WaitToEndAsync(scene.Study, fields);
        var failed = 0;
        using (var holder = Lock(studies.Address))
        {
            // Longer than a write waits.
            var until = Stopwatch.StartNew();
            var first = scene.AnswerAsync(fields);
            var rest = others.Select(other => other.Rater.PostAsync(TestRater.AnswerPath(other.Page)!, other.Fields)).ToList();
            if (await first == HttpStatusCode.InternalServerError) failed++;
            while (until.Elapsed < TimeSpan.FromSeconds(45)) await Task.Delay(100);
            Release(holder);
            foreach (var response in await Task.WhenAll(rest)) if (response.StatusCode == HttpStatusCode.InternalServerError) failed++;
        }

        Assert.True(failed > 0, "nobody was told of a failure");
        await Task.Delay(2000);
        Assert.Equal(raters - failed, scene.AnswersStored);
        Assert.Contains(scene.Server.Log.Lines, line => line.Contains("SqliteException 5", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.SeeOther, await scene.AnswerAsync(fields));
        foreach (var other in others)
        {
            using var response = await other.Rater.PostAsync(TestRater.AnswerPath(other.Page)!, other.Fields);
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        }

        await scene.RecoversAsync(raters);
    }

    [Fact]
    [Trait("group", "web")]
    public async Task A_full_disk_is_told_and_when_there_is_space_again_the_study_goes_on()
    {
        using var disk = new SmallDisk(2000);
        using var database = StudyDatabase.Open($"sqlite:{disk["studies.db"]}");
        await using var scene = await Scene.StartAsync(database);
        var fields = await scene.PlayAsync();
        await TestRater.WaitToEndAsync(scene.Study, fields);
        Fill(disk["ballast"]);
        // The log may have pages to spare.
        HttpStatusCode status;
        for (var answered = 0; (status = await scene.AnswerAsync(fields)) == HttpStatusCode.SeeOther && answered < 20; answered++)
        {
            fields = await scene.PlayAsync();
            await TestRater.WaitToEndAsync(scene.Study, fields);
        }

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await scene.HealthAsync());
        // Full, or an error of the file that it could not lengthen.
        Assert.Matches("SqliteException (13|10) ", string.Join('\n', scene.Server.Log.Lines));
        var stored = scene.AnswersStored;
        File.Delete(disk["ballast"]);
        Assert.Equal(HttpStatusCode.SeeOther, await scene.AnswerAsync(fields));
        await scene.RecoversAsync(stored + 1);
    }

    [Fact]
    [Trait("group", "slow")]
    public async Task PostgreSQL_that_is_restarted_while_a_row_is_locked_is_told_and_the_study_goes_on()
    {
        using var cluster = PostgresCluster.OfOne();
        var address = cluster.CreateDatabase();
        using var database = StudyDatabase.Open(address);
        await using var scene = await Scene.StartAsync(database);
        var fields = await scene.PlayAsync();
        await TestRater.WaitToEndAsync(scene.Study, fields);
        Task<HttpStatusCode> answering;
        await using (var connection = new Npgsql.NpgsqlConnection(address["postgres:".Length..] + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new Npgsql.NpgsqlCommand("""SELECT 1 FROM "Studies" FOR UPDATE""", connection, transaction);
            await command.ExecuteScalarAsync();
            answering = scene.AnswerAsync(fields);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await scene.HealthAsync());
            Assert.False(answering.IsCompleted);
            cluster.Restart();
        }

        if (await answering.WaitAsync(TimeSpan.FromSeconds(60)) == HttpStatusCode.InternalServerError)
        {
            Assert.Equal(0, scene.AnswersStored);
            Assert.Equal(HttpStatusCode.SeeOther, await scene.AnswerAsync(fields));
        }

        await scene.RecoversAsync(answers: 1);
    }

    /// <summary>As another program would: the whole file, for writing.</summary>
    private static SqliteConnection Lock(string address)
    {
        var holder = new SqliteConnection($"Data Source={address["sqlite:".Length..]};Pooling=False");
        holder.Open();
        Execute(holder, "BEGIN IMMEDIATE");
        return holder;
    }

    private static void Release(SqliteConnection holder) => Execute(holder, "ROLLBACK");

    private static void Execute(SqliteConnection holder, string sql)
    {
        using var command = holder.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>A server with a rater who looks at the first clip.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly StudyDatabase _database;

        private Scene(StudyDatabase database, StudyRow study, RunningServer server) =>
            (_database, Study, Server, Client) = (database, study, server, server.NewClient());

        internal StudyRow Study { get; }

        internal RunningServer Server { get; }

        internal HttpClient Client { get; }

        internal TestRater Rater { get; private set; } = null!;

        internal int AnswersStored
        {
            get
            {
                using var context = _database.Read();
                return context.Answers.Count();
            }
        }

        internal static async Task<Scene> StartAsync(StudyDatabase database)
        {
            var study = await TestStudy.InsertAsync(
                database,
                new Studies.StudyPlan { RatersPerClip = 20, ClipsPerRater = 20, AttentionChecks = 0, Duplicates = 0 },
                clips: 10,
                seconds: 0.02);
            var scene = new Scene(database, study, await RunningServer.StartAsync(database));
            scene.Client.Timeout = TimeSpan.FromMinutes(2);
            scene.Rater = await TestRater.JoinAsync(scene.Client, database, study);
            return scene;
        }

        /// <summary>The form of the answer to what the page shows.</summary>
        internal async Task<Dictionary<string, string>> PlayAsync()
        {
            var page = await Rater.PageAsync();
            var fields = await Rater.FetchClipsAsync(page, _ => "3");
            fields["address"] = TestRater.AnswerPath(page)!;
            return fields;
        }

        internal async Task<HttpStatusCode> AnswerAsync(Dictionary<string, string> fields)
        {
            using var response = await Rater.PostAsync(fields["address"], fields);
            return response.StatusCode;
        }

        internal async Task<HttpStatusCode> HealthAsync()
        {
            using var response = await Client.GetAsync("/health");
            return response.StatusCode;
        }

        /// <summary>Soon the server is well again, holds what it should, and takes the next answer.</summary>
        internal async Task RecoversAsync(int answers)
        {
            for (var watch = Stopwatch.StartNew(); await HealthAsync() != HttpStatusCode.OK; await Task.Delay(200))
                Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
            Assert.Equal(answers, AnswersStored);
            Assert.True(await Rater.AnswerAsync(Study, _ => "4").WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.Equal(answers + 1, AnswersStored);
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Server.DisposeAsync();
        }
    }
}
