namespace MmDiffusion.Studio.Studies;

/// <summary>One possible answer.</summary>
/// <param name="Value">What is stored.</param>
/// <param name="Text">What the rater reads.</param>
internal sealed record Choice(int Value, string Text);
