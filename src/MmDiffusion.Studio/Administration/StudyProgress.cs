namespace MmDiffusion.Studio.Administration;

/// <summary>How far a study is.</summary>
/// <param name="State">open, paused or closed.</param>
/// <param name="Joined">People who gave consent.</param>
/// <param name="SoundPassed">Of these, with working sound.</param>
/// <param name="Completed">Of these, who answered everything.</param>
/// <param name="Ratings">Scored ratings so far.</param>
/// <param name="Wanted">Scored ratings when it is done.</param>
/// <param name="ItemsDone">Clips or pairs that have all their ratings.</param>
/// <param name="Items">Clips or pairs.</param>
internal sealed record StudyProgress(string State, int Joined, int SoundPassed, int Completed, int Ratings, int Wanted, int ItemsDone, int Items);
