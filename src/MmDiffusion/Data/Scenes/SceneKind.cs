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

    /// <summary>A figure that changes its pose on each beat.</summary>
    Dance,
}
