namespace MmDiffusion.Studio.Studies;

/// <summary>A question with its choices.</summary>
/// <param name="Name">In forms, reports and exports, such as "video_quality".</param>
/// <param name="Title">What the rater reads.</param>
/// <param name="Choices">In the order of their values.</param>
internal sealed record Question(string Name, string Title, IReadOnlyList<Choice> Choices)
{
    /// <summary>Whether a value is one of the choices.</summary>
    internal bool Allows(int value) => Choices.Any(choice => choice.Value == value);
}
