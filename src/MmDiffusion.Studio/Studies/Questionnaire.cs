namespace MmDiffusion.Studio.Studies;

/// <summary>What is asked in each kind of study, in the wording of MM-Diffusion's two studies (section 5.6 of the paper).</summary>
internal static class Questionnaire
{
    private static readonly string[] Quality =
    [
        "Pure noise, unrecognisable",
        "It develops over time, but its type can’t be told",
        "A specific type can be told, very unnatural",
        "Natural, but recognisably generated",
        "Can’t be told from the real world",
    ];

    private static readonly string[] Alignment =
    [
        "Both are noise, unrelated",
        "The type can’t be told, unrelated",
        "The type can be told, misaligned",
        "Basically matched, detail lacking",
        "Consistent in detail, very natural",
    ];

    private static readonly Question[] Mos =
    [
        new("video_quality", "How good is the picture?", Numbered(Quality)),
        new("audio_quality", "How good is the sound?", Numbered(Quality)),
        new("alignment", "How well do picture and sound belong together?", Numbered(Alignment)),
    ];

    private static readonly Question[] Turing =
    [
        new("origin", "Where does this clip come from?", Numbered("Made by a machine", "Can’t be determined", "Real")),
    ];

    private static readonly Question[] Pairwise =
    [
        new("better", "Which clip is better, with picture and sound together?", Numbered("The first", "The second")),
    ];

    /// <summary>Why a clip was not chosen; any number of them.</summary>
    internal static IReadOnlyList<(string Name, string Text)> Reasons { get; } =
        [("video", "Its picture is worse"), ("audio", "Its sound is worse"), ("alignment", "Its picture and sound belong together less")];

    /// <summary>Votes from here up pass the Turing test: not told to be made by a machine.</summary>
    internal const int LowestPassingVote = 2;

    /// <summary>The questions, each of which must be answered.</summary>
    internal static IReadOnlyList<Question> Of(StudyKind kind) => kind switch
    {
        StudyKind.Mos => Mos,
        StudyKind.Turing => Turing,
        _ => Pairwise,
    };

    private static Choice[] Numbered(params string[] texts) => [.. texts.Select((text, index) => new Choice(index + 1, text))];
}

/// <summary>A question with its choices.</summary>
/// <param name="Name">In forms, reports and exports, such as "video_quality".</param>
/// <param name="Title">What the rater reads.</param>
/// <param name="Choices">In the order of their values.</param>
internal sealed record Question(string Name, string Title, IReadOnlyList<Choice> Choices)
{
    /// <summary>Whether a value is one of the choices.</summary>
    internal bool Allows(int value) => Choices.Any(choice => choice.Value == value);
}

/// <summary>One possible answer.</summary>
/// <param name="Value">What is stored.</param>
/// <param name="Text">What the rater reads.</param>
internal sealed record Choice(int Value, string Text);
