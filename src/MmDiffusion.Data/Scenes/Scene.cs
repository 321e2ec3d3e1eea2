namespace MmDiffusion.Data.Scenes;

/// <summary>One scene: everything random is decided when it is made, so that it can be drawn at any size.</summary>
internal abstract class Scene
{
    /// <summary>What happens, in order of time.</summary>
    internal abstract IReadOnlyList<SceneEvent> Events { get; }

    /// <summary>Draws the whole of one frame.</summary>
    internal abstract void Draw(Stage stage, int frame);

    /// <summary>Adds all its sounds.</summary>
    internal abstract void Audio(AudioTrack track);

    /// <summary>Decides everything about a scene.</summary>
    internal static Scene Make(SceneKind kind, Timeline timeline, double width, SceneRandom random) => kind switch
    {
        SceneKind.Bounce => new BounceScene(timeline, width, random),
        SceneKind.Thunder => new ThunderScene(timeline, width, random),
        SceneKind.Surf => new SurfScene(timeline, width, random),
        SceneKind.Rain => new RainScene(timeline, width, random),
        SceneKind.Fire => new FireScene(timeline, width, random),
        SceneKind.Dance => new DanceScene(timeline, width, random),
        SceneKind.Train => new TrainScene(timeline, width, random),
        SceneKind.Wind => new WindScene(timeline, width, random),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such scene"),
    };
}
