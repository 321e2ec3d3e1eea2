namespace MmDiffusion.Data.Scenes;

/// <summary>What happens in a synthetic scene.</summary>
public enum SceneKind
{
    /// <summary>Balls that hit the floor with a damped tone, the deeper the larger the ball; the floor lights up.</summary>
    Bounce,

    /// <summary>Lightning with thunder.</summary>
    Thunder,

    /// <summary>Waves that run up a beach with a swelling noise.</summary>
    Surf,

    /// <summary>Rain in gusts, with a hiss as dense as its drops.</summary>
    Rain,

    /// <summary>A fire that flares up with a crackle.</summary>
    Fire,

    /// <summary>A figure that changes its pose, and the stage its light, on the beat.</summary>
    Dance,
}
