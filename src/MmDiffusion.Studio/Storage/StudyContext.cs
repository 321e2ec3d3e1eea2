using Microsoft.EntityFrameworkCore;

namespace MmDiffusion.Studio.Storage;

/// <summary>The tables. Keys are random texts, times are numbers: both databases store them alike.</summary>
internal sealed class StudyContext(DbContextOptions<StudyContext> options) : DbContext(options)
{
    public DbSet<StudyRow> Studies => Set<StudyRow>();

    public DbSet<ClipRow> Clips => Set<ClipRow>();

    public DbSet<MediaRow> Media => Set<MediaRow>();

    public DbSet<ItemRow> Items => Set<ItemRow>();

    public DbSet<RaterRow> Raters => Set<RaterRow>();

    public DbSet<TaskRow> Tasks => Set<TaskRow>();

    public DbSet<AnswerRow> Answers => Set<AnswerRow>();

    public DbSet<EndedSessionRow> EndedSessions => Set<EndedSessionRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<StudyRow>(study =>
        {
            study.HasIndex(row => row.Name).IsUnique();
            study.HasIndex(row => row.JoinToken).IsUnique();
            study.HasIndex(row => row.AdminHash).IsUnique();
            study.Ignore(row => row.Plan);
        });
        modelBuilder.Entity<ClipRow>(clip => Belongs<ClipRow, StudyRow>(clip, nameof(ClipRow.StudyId)));
        modelBuilder.Entity<MediaRow>(media =>
        {
            media.HasKey(row => row.ClipId);
            media.HasOne<ClipRow>().WithOne().HasForeignKey<MediaRow>(row => row.ClipId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<ItemRow>(item => Belongs<ItemRow, StudyRow>(item, nameof(ItemRow.StudyId)));
        modelBuilder.Entity<RaterRow>(rater =>
        {
            Belongs<RaterRow, StudyRow>(rater, nameof(RaterRow.StudyId));
            rater.HasIndex(row => row.TokenHash).IsUnique();
            rater.HasIndex(row => row.CompletionCode).IsUnique();
        });
        modelBuilder.Entity<TaskRow>(task =>
        {
            Belongs<TaskRow, RaterRow>(task, nameof(TaskRow.RaterId));
            Belongs<TaskRow, ItemRow>(task, nameof(TaskRow.ItemId));
            // A rater has one task at each place, and so never two open ones, whatever two tabs do.
            task.HasIndex(row => new { row.RaterId, row.Position }).IsUnique();
            // How many ratings each item has is asked at every answer.
            task.HasIndex(row => new { row.ItemId, row.Role, row.AnsweredAt, row.AssignedAt });
            task.HasIndex(row => row.StudyId);
        });
        modelBuilder.Entity<AnswerRow>(answer =>
        {
            answer.HasKey(row => row.TaskId);
            answer.HasOne<TaskRow>().WithOne().HasForeignKey<AnswerRow>(row => row.TaskId).OnDelete(DeleteBehavior.Cascade);
            answer.Ignore(row => row.Values);
        });
        modelBuilder.Entity<EndedSessionRow>().HasKey(row => row.Id);
    }

    private static void Belongs<TRow, TOwner>(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<TRow> row, string key)
        where TRow : class where TOwner : class =>
        row.HasOne<TOwner>().WithMany().HasForeignKey(key).OnDelete(DeleteBehavior.Cascade);
}
