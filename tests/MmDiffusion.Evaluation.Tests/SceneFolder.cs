using MmDiffusion.Data.Scenes;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Tests;

/// <summary>
/// Folders of drawn scenes, a protocol with few resamples, and a cache that all tests share; drawn when the first one asks.
/// </summary>
public sealed class SceneFolder : IDisposable
{
    internal const int Count = 16;

    private readonly TemporaryFolder _folder = new();

    private readonly Lazy<string> _real;
    private readonly Lazy<string> _generated;

    public SceneFolder() => (_real, _generated) = (new(() => Draw("real", 1, Count)), new(() => Draw("generated", 2, Count)));

    internal string Real => _real.Value;

    internal string Generated => _generated.Value;

    internal EvaluationProtocol Protocol { get; } = EvaluationProtocol.Read("embedded") with { Name = "quick", Resamples = 20 };

    internal FeatureCache Cache => new(this["cache"]);

    internal string this[string name] => _folder[name];

    /// <summary>Draws scenes and gives their folder.</summary>
    internal string Draw(string name, ulong seed, int count, int size = 16)
    {
        using var source = new SyntheticClipSource(count, seed, new ClipShape { Height = size, Width = size });
        for (var i = 0; i < count; i++)
            SceneFiles.Write(SyntheticScenes.Create(source.SeedOf(i), source.Shape), this[name], $"{name}-{i:D2}", ClipFileFormat.Mp4);
        return this[name];
    }

    /// <summary>Copies the clips of a folder and gives the new one.</summary>
    internal string Copy(string folder, string name)
    {
        Directory.CreateDirectory(this[name]);
        foreach (var file in Directory.GetFiles(folder, "*.mp4")) File.Copy(file, Path.Combine(this[name], Path.GetFileName(file)));
        return this[name];
    }

    public void Dispose() => _folder.Dispose();
}
