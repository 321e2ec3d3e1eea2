namespace MmDiffusion.Model;

/// <summary>Queries of one sample that follow one another, and the keys they see: those behind the last are the first again.</summary>
/// <param name="Sample">Which of the batch.</param>
/// <param name="FirstQuery">Its first query.</param>
/// <param name="Queries">How many.</param>
/// <param name="FirstKey">The first key they see.</param>
/// <param name="Keys">How many, at most all.</param>
internal readonly record struct AttentionSpan(int Sample, int FirstQuery, int Queries, int FirstKey, int Keys);
