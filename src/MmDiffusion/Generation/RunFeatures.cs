using MmDiffusion.Model;

namespace MmDiffusion.Generation;

/// <summary>The deep features that the denoisers of one run keep, until it is over.</summary>
/// <param name="interval">Every how many calls all is computed, at least 1.</param>
internal sealed class RunFeatures(int interval) : IDisposable
{
    private readonly List<DeepFeatures> _all = [];

    /// <summary>Those of one more denoiser; null where nothing is reused.</summary>
    internal DeepFeatures? Next()
    {
        if (interval == 1) return null;
        _all.Add(new DeepFeatures(interval));
        return _all[^1];
    }

    public void Dispose()
    {
        foreach (var features in _all) features.Dispose();
    }
}
