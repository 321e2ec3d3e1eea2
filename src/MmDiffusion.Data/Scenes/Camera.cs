namespace MmDiffusion.Data.Scenes;

/// <summary>A camera that pans and zooms so slowly that only the scene's events change the picture at once.</summary>
internal sealed class Camera
{
    private const double Reach = 0.035;
    private readonly double _phase;
    private readonly double _speed;
    private readonly double _heading;
    private readonly double _zoom;
    private readonly double _dolly;
    private readonly double _reach;

    internal Camera(SceneRandom random)
    {
        _phase = random.Uniform(0, Math.Tau);
        _speed = random.Uniform(0.3, 1.2);
        _heading = random.Uniform(0, Math.Tau);
        _zoom = random.Uniform(0, 0.07);
        _dolly = random.Uniform(-0.035, 0.035);
        _reach = random.Chance(0.25) ? 0 : Reach; // Some stand on a tripod.
    }

    /// <summary>Where it looks, and how close.</summary>
    internal (float X, float Y, float Zoom) At(double time)
    {
        var swing = Math.Sin(_phase + _speed * time);
        var near = 1.07 + _zoom + _dolly * Math.Sin(0.8 * time);
        return ((float)(_reach * swing * Math.Cos(_heading)), (float)(_reach * 0.5 * swing * Math.Sin(_heading)), (float)near);
    }
}
