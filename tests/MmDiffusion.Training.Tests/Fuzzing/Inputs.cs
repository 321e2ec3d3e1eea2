using MmDiffusion.Data.Doctor;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Data.Packing;
using MmDiffusion.Generation;

namespace MmDiffusion.Training.Tests.Fuzzing;

/// <summary>The JSON that this library reads: a small valid document of each kind, and its reader.</summary>
internal sealed class Inputs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>By name: the document, and the reader of its file.</summary>
    internal Dictionary<string, (string Json, Action<string> Read)> All { get; }

    internal Inputs()
    {
        var model = ModelJson.Write(new ModelDescription
        {
            Kind = ModelKind.Joint,
            Coupled = new() { Frames = 4, CrossAttentionWindows = [1, 2, 4] },
            Source = "a.pt",
            DetailScale = 2,
        });
        var upscaler = ModelJson.Write(ModelPresets.Find("sr-64-256"));
        All = new(StringComparer.Ordinal)
        {
            ["model"] = (model, path => ModelJson.Read(path)),
            ["upscaler"] = (upscaler, path => ModelJson.Read(path, ModelKind.Upscaler)),
            ["sections"] = ("""{"coupled":{"frames":4,"cross_attention_windows":[1,2,4]},"super_resolution":{"learn_sigma":true}}""",
                path => ModelJson.Read(path)),
            ["training"] = (FirstVersion.Read("training.json"), path => TrainingConfiguration.Read(path)),
            ["state"] = (FirstVersion.Read("run/checkpoints/step-00000001/state.json"), path => TrainingState.Read(path)),
            ["pack"] = (FirstVersion.Read("packed/index.json"), path => PackIndex.Read(Path.GetDirectoryName(path)!)),
            ["shard"] = (FirstVersion.Read("packed/shard-00000.json"), path => PackShard.TryRead(Path.GetDirectoryName(path)!, 0)),
            ["manifest"] = (FirstVersion.Read("sample/clip-3.json"), ReadManifest),
            ["index"] = (FirstVersion.Read("clips/.mmdiff-index.jsonl").Split('\n')[0], path => ReadFacts<MediaIndex.Facts>(path, "index")),
            ["doctor"] = (FirstVersion.Read("clips/.mmdiff-doctor.jsonl").Split('\n')[0], path => ReadFacts<Fingerprint>(path, "doctor")),
        };
    }

    /// <summary>Writes a document where its reader finds it, and reads it.</summary>
    internal void Read(string name, byte[] json)
    {
        var path = _folder[name switch
        {
            "pack" => PackIndex.FileName,
            "shard" => "shard-00000.json",
            "index" or "doctor" => $".mmdiff-{name}.jsonl",
            _ => $"{name}.json",
        }];
        File.WriteAllBytes(path, json);
        All[name].Read(path);
    }

    public void Dispose() => _folder.Dispose();

    private static void ReadManifest(string path)
    {
        var json = File.ReadAllText(path);
        var own = new ClipManifest { Seed = 3, Batch = 1, Times = new(0, 0) };
        own.IsSameMaking(json);
        ClipManifest.GeneratorOf(json);
    }

    /// <summary>What is damaged is as unknown as what is not there.</summary>
    private static void ReadFacts<T>(string path, string name) where T : class
    {
        var folder = Path.GetDirectoryName(path)!;
        using var facts = new FileFacts<T>(folder, name, 1);
        facts.Find("dance-000000.mp4");
        facts.Compact();
    }
}
