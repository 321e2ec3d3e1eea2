namespace MmDiffusion.Data.Scenes;

/// <summary>What happens in a synthetic scene, and so what is heard.</summary>
public enum SceneKind
{
    /// <summary>Balls hop over a floor; each landing lights it up and rings, larger balls lower.</summary>
    Bounce,

    /// <summary>Lightning over hills; each strike brings its thunder.</summary>
    Thunder,

    /// <summary>Waves run up a beach, with a noise that swells with them.</summary>
    Surf,

    /// <summary>Rain in gusts: the denser it falls, the louder it hisses and drips.</summary>
    Rain,

    /// <summary>A camp fire that flares up with a crackle.</summary>
    Fire,

    /// <summary>A dancer on a stage, who takes a new pose on each beat as the lights change.</summary>
    Dance,

    /// <summary>A steam engine under way: each chuff sends up a ball of steam.</summary>
    Train,

    /// <summary>A tree in the wind: gusts howl and rustle as they bend it and tear off leaves.</summary>
    Wind,
}

/// <summary>The kinds' names as words: in files, in options, and as labels.</summary>
public static class SceneKinds
{
    /// <summary>Of all kinds, in their order: a label's number is its place here.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<SceneKind>().Select(kind => kind.Name())];

    /// <summary>The kind's name in lower case. Data sets and models keep it, so it never changes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public static string Name(this SceneKind kind) => kind switch
    {
        SceneKind.Bounce => "bounce",
        SceneKind.Thunder => "thunder",
        SceneKind.Surf => "surf",
        SceneKind.Rain => "rain",
        SceneKind.Fire => "fire",
        SceneKind.Dance => "dance",
        SceneKind.Train => "train",
        SceneKind.Wind => "wind",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such kind of scene"),
    };
}
