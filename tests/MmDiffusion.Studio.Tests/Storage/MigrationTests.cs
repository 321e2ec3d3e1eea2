using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Media;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Tests.Fixtures;
using Npgsql;

namespace MmDiffusion.Studio.Tests.Storage;

public sealed class MigrationTests
{
    private const string SqliteSchema = "SELECT name || ': ' || replace(replace(sql, char(10), ' '), '  ', ' ') FROM sqlite_master WHERE "
        + "name NOT LIKE '%\\_\\_EF%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name";

    private const string PostgresSchema = """
        SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name NOT LIKE '\_\_EF%'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\_\_EF%'
        UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%EF%'
        ORDER BY 1
        """;

    [Fact]
    [Trait("group", "unit")]
    public void In_sqlite_the_migrations_make_the_tables_of_the_model()
    {
        using var folder = new TemporaryFolder();
        StudyDatabase.Open($"sqlite:{folder["migrated.db"]}").Dispose();
        using (var context = new StudyContext(
            new DbContextOptionsBuilder<StudyContext>().UseSqlite($"Data Source={folder["created.db"]};Pooling=False").Options))
            context.Database.EnsureCreated();
        var created = Schema(new SqliteConnection($"Data Source={folder["created.db"]};Pooling=False"), SqliteSchema);
        Assert.Equal(8 + 11, created.Count);
        var migrated = Schema(new SqliteConnection($"Data Source={folder["migrated.db"]};Pooling=False"), SqliteSchema);
        Assert.Equal(created.Select(InOrder), migrated.Select(InOrder));
    }

    [Fact]
    [Trait("group", "web")]
    public void In_postgres_the_migrations_make_the_tables_of_the_model()
    {
        var (migrated, created) = (PostgresCluster.NewDatabase(), PostgresCluster.NewDatabase());
        StudyDatabase.Open(migrated).Dispose();
        using (var context = new StudyContext(new DbContextOptionsBuilder<StudyContext>().UseNpgsql(Connection(created)).Options))
            context.Database.EnsureCreated();
        var expected = Schema(new NpgsqlConnection(Connection(created)), PostgresSchema);
        Assert.True(expected.Count > 50);
        Assert.Equal(expected, Schema(new NpgsqlConnection(Connection(migrated)), PostgresSchema));
    }

    [Theory]
    [Trait("group", "unit")]
    [InlineData("study.db")]
    [InlineData("sqlite:")]
    [InlineData("mysql:Server=x;Password=secret")]
    public void An_address_that_is_not_understood_is_refused_without_repeating_it(string address)
    {
        var failure = Assert.ThrowsAny<MmDiffusionException>(() => StudyDatabase.Open(address));
        Assert.Contains("sqlite:FILE", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "unit")]
    public void A_file_that_is_no_database_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.db"], new string('x', 5000));
        Assert.Contains(
            "cannot open the studies",
            Assert.ThrowsAny<MmDiffusionException>(() => StudyDatabase.Open($"sqlite:{folder["text.db"]}")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The parts of a table's definition; in which order its constraints stand makes no difference.</summary>
    private static string InOrder(string definition) =>
        string.Join(',', definition.TrimEnd(' ', ')').Split(", ").Select(part => part.Trim()).Order(StringComparer.Ordinal));

    private static string Connection(string address) => address["postgres:".Length..];

    private static List<string> Schema(DbConnection connection, string query)
    {
        using (connection)
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = query;
            using var reader = command.ExecuteReader();
            var lines = new List<string>();
            while (reader.Read()) lines.Add(reader.GetString(0));
            return lines;
        }
    }
}
