using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace MmDiffusion.Studio.Storage.Migrations;

/// <summary>Sessions of administrators that ended before their cookies did.</summary>
[DbContext(typeof(StudyContext))]
[Migration("002_ended_sessions")]
internal sealed class Migration002EndedSessions : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "EndedSessions",
        table => new { Id = table.Column<string>(), Until = table.Column<long>() },
        constraints: table => table.PrimaryKey("PK_EndedSessions", row => row.Id));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("EndedSessions");
}
