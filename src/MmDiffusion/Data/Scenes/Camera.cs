namespace MmDiffusion.Data.Scenes;

/// <summary>A camera that pans and zooms so slowly that only the scene's events change the picture at once.</summary>
internal sealed class Camera
{
    private const double Reach = 0.035;
    private readonly double _phase;
    private readonly double _speed;
    private readonly double _heading;
    private readonly double _zoom;

    internal Camera(SceneRandom random)
    {
        _phase = random.Uniform(0, Math.Tau);
        _speed = random.Uniform(0.3, 1.2);
        _heading = random.Uniform(0, Math.Tau);
        _zoom = random.Uniform(0, 0.05);
    }

    /// <summary>Where it looks, and how close.</summary>
    internal (float X, float Y, float Zoom) At(double time)
    {
        var swing = Math.Sin(_phase + _speed * time);
        return ((float)(Reach * swing * Math.Cos(_heading)), (float)(Reach * 0.5 * swing * Math.Sin(_heading)), (float)(1.06 + _zoom * Math.Sin(_phase * 2 + _speed * time)));
    }
}
