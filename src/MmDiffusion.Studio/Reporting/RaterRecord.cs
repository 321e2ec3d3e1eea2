namespace MmDiffusion.Studio.Reporting;

/// <summary>A rater, by number in the order of joining.</summary>
internal sealed record RaterRecord(int Number, bool SoundPassed, bool Headphones, bool Completed);
