using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests;

/// <summary>Folders of drawn scenes, a protocol with few resamples, and a cache that all tests of a class share.</summary>
public sealed class SceneFolder : IDisposable
{
    internal const int Count = 16;

    private readonly TemporaryFolder _folder = new();

    public SceneFolder()
    {
        Real = Draw("real", 1, Count);
        Generated = Draw("generated", 2, Count);
        Protocol = EvaluationProtocol.Read("embedded") with { Name = "quick", Resamples = 20 };
    }

    internal string Real { get; }

    internal string Generated { get; }

    internal EvaluationProtocol Protocol { get; }

    internal FeatureCache Cache => new(this["cache"]);

    internal string this[string name] => _folder[name];

    /// <summary>Draws scenes and gives their folder.</summary>
    internal string Draw(string name, ulong seed, int count, int size = 16)
    {
        using var source = new SyntheticClipSource(count, seed, new ClipShape { Height = size, Width = size });
        for (var i = 0; i < count; i++) SceneFiles.Write(SyntheticScenes.Create(source.SeedOf(i), source.Shape), this[name], $"{name}-{i:D2}", ClipFileFormat.Mp4);
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
