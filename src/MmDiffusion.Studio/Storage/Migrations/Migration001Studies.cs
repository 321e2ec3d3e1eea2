using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace MmDiffusion.Studio.Storage.Migrations;

/// <summary>
/// The first tables. No type of a database is named, so that the same migration serves SQLite and PostgreSQL; a test compares the result
/// with <see cref="StudyContext"/>.
/// </summary>
[DbContext(typeof(StudyContext))]
[Migration("001_studies")]
internal sealed class Migration001Studies : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("Studies", table => new
        {
            Id = table.Column<string>(),
            Name = table.Column<string>(),
            PlanJson = table.Column<string>(),
            State = table.Column<int>(),
            JoinToken = table.Column<string>(),
            AdminHash = table.Column<string>(),
            Secret = table.Column<byte[]>(),
            ClipSeconds = table.Column<double>(),
            Width = table.Column<int>(),
            Height = table.Column<int>(),
            CreatedAt = table.Column<long>(),
        }, constraints: table => table.PrimaryKey("PK_Studies", row => row.Id));
        migrationBuilder.CreateIndex("IX_Studies_Name", "Studies", "Name", unique: true);
        migrationBuilder.CreateIndex("IX_Studies_JoinToken", "Studies", "JoinToken", unique: true);
        migrationBuilder.CreateIndex("IX_Studies_AdminHash", "Studies", "AdminHash", unique: true);

        migrationBuilder.CreateTable("Clips", table => new
        {
            Id = table.Column<string>(),
            StudyId = table.Column<string>(),
            System = table.Column<string>(),
            Source = table.Column<string>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_Clips", row => row.Id);
            table.ForeignKey("FK_Clips_Studies_StudyId", row => row.StudyId, "Studies", "Id", onDelete: ReferentialAction.Cascade);
        });
        migrationBuilder.CreateIndex("IX_Clips_StudyId", "Clips", "StudyId");

        migrationBuilder.CreateTable(
            "Media",
            table => new { ClipId = table.Column<string>(), Bytes = table.Column<byte[]>() },
            constraints: table =>
            {
                table.PrimaryKey("PK_Media", row => row.ClipId);
                table.ForeignKey("FK_Media_Clips_ClipId", row => row.ClipId, "Clips", "Id", onDelete: ReferentialAction.Cascade);
            });

        migrationBuilder.CreateTable("Items", table => new
        {
            Id = table.Column<string>(),
            StudyId = table.Column<string>(),
            Role = table.Column<int>(),
            Stratum = table.Column<string>(),
            ClipA = table.Column<string>(),
            ClipB = table.Column<string>(nullable: true),
            Expected = table.Column<int>(nullable: true),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_Items", row => row.Id);
            table.ForeignKey("FK_Items_Studies_StudyId", row => row.StudyId, "Studies", "Id", onDelete: ReferentialAction.Cascade);
        });
        migrationBuilder.CreateIndex("IX_Items_StudyId", "Items", "StudyId");

        migrationBuilder.CreateTable("Raters", table => new
        {
            Id = table.Column<string>(),
            StudyId = table.Column<string>(),
            TokenHash = table.Column<string>(),
            Seed = table.Column<long>(),
            JoinedAt = table.Column<long>(),
            SoundAttempts = table.Column<int>(),
            SoundPassedAt = table.Column<long>(nullable: true),
            Headphones = table.Column<bool>(nullable: true),
            CompletedAt = table.Column<long>(nullable: true),
            CompletionCode = table.Column<string>(nullable: true),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_Raters", row => row.Id);
            table.ForeignKey("FK_Raters_Studies_StudyId", row => row.StudyId, "Studies", "Id", onDelete: ReferentialAction.Cascade);
        });
        migrationBuilder.CreateIndex("IX_Raters_StudyId", "Raters", "StudyId");
        migrationBuilder.CreateIndex("IX_Raters_TokenHash", "Raters", "TokenHash", unique: true);
        migrationBuilder.CreateIndex("IX_Raters_CompletionCode", "Raters", "CompletionCode", unique: true);

        migrationBuilder.CreateTable("Tasks", table => new
        {
            Id = table.Column<string>(),
            StudyId = table.Column<string>(),
            RaterId = table.Column<string>(),
            ItemId = table.Column<string>(),
            Position = table.Column<int>(),
            Role = table.Column<int>(),
            Swapped = table.Column<bool>(),
            FirstMedia = table.Column<string>(),
            SecondMedia = table.Column<string>(nullable: true),
            AssignedAt = table.Column<long>(),
            AnsweredAt = table.Column<long>(nullable: true),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_Tasks", row => row.Id);
            table.ForeignKey("FK_Tasks_Raters_RaterId", row => row.RaterId, "Raters", "Id", onDelete: ReferentialAction.Cascade);
            table.ForeignKey("FK_Tasks_Items_ItemId", row => row.ItemId, "Items", "Id", onDelete: ReferentialAction.Cascade);
        });
        migrationBuilder.CreateIndex("IX_Tasks_RaterId_Position", "Tasks", ["RaterId", "Position"], unique: true);
        migrationBuilder.CreateIndex("IX_Tasks_ItemId_Role_AnsweredAt_AssignedAt", "Tasks", ["ItemId", "Role", "AnsweredAt", "AssignedAt"]);
        migrationBuilder.CreateIndex("IX_Tasks_StudyId", "Tasks", "StudyId");

        migrationBuilder.CreateTable("Answers", table => new
        {
            TaskId = table.Column<string>(),
            Value1 = table.Column<int>(),
            Value2 = table.Column<int>(nullable: true),
            Value3 = table.Column<int>(nullable: true),
            Reasons = table.Column<string>(),
            Comment = table.Column<string>(),
            Seconds = table.Column<double>(),
            Plays = table.Column<int>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_Answers", row => row.TaskId);
            table.ForeignKey("FK_Answers_Tasks_TaskId", row => row.TaskId, "Tasks", "Id", onDelete: ReferentialAction.Cascade);
        });
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        foreach (var table in (string[])["Answers", "Tasks", "Raters", "Items", "Media", "Clips", "Studies"])
            migrationBuilder.DropTable(table);
    }
}
