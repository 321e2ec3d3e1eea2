using MmDiffusion.Checkpoints;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction.Embedded;

/// <summary>Trains an embedded extractor on synthetic scenes, which takes minutes on a CPU.</summary>
/// <param name="modality">Of which part of the scenes.</param>
/// <param name="options">How.</param>
public sealed class ExtractorTrainer(Modality modality, ExtractorTrainingOptions options)
{
    /// <summary>Trains, tests and writes an extractor.</summary>
    /// <param name="folder">
    /// Receives the description <c>embedded-video.json</c> or <c>embedded-audio.json</c> and the weights beside it.
    /// </param>
    /// <param name="progress">Called after each step with its number and loss.</param>
    /// <param name="cancellation">Ends the work with nothing written.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public ExtractorTrainingReport Run(string folder, Action<int, double>? progress = null, CancellationToken cancellation = default)
    {
        TorchRuntime.EnsureLoaded();
        using var network = new SceneClassifier(modality);
        using var random = new SeededRandom(Seeds.Derive(options.Seed, $"weights {modality}"));
        network.Initialize(random);
        var loss = Train(network, progress, cancellation);
        network.eval();
        var path = Write(network, folder);
        var (kind, tampered) = Test(network);
        return new ExtractorTrainingReport(path, ExtractorDescription.Read(path).Digest!, loss, kind, tampered);
    }

    private double Train(SceneClassifier network, Action<int, double>? progress, CancellationToken cancellation)
    {
        var parameters = network.parameters().ToList();
        using var optimizer = new AdamW(parameters, new AdamWOptions { WeightDecay = 0.01 });
        var losses = new List<double>();
        network.train();
        for (var step = 0; step < options.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = SceneBatch.Draw(modality, Seeds.Derive(Seeds.Derive(options.Seed, "training"), (ulong)step), options.Batch);
            var (kind, tampering) = network.Decide(network.forward(batch.Input));
            var loss = functional.cross_entropy(kind, batch.Kinds).Plus(functional.cross_entropy(tampering, batch.Tampering));
            network.zero_grad();
            loss.backward();
            var rate = options.LearningRate * (0.5 + 0.5 * Math.Cos(Math.PI * step / options.Steps));
            optimizer.Step([.. parameters.Select(parameter => parameter.grad!)], rate);
            losses.Add(loss.item<float>());
            progress?.Invoke(step + 1, losses[^1]);
        }
        return losses.TakeLast(Math.Max(1, losses.Count / 10)).Average();
    }

    /// <summary>The weights are halves in the file; what is tested, and described by the digest, is what the file gives.</summary>
    private string Write(SceneClassifier network, string folder)
    {
        var name = $"embedded-{modality.ToString().ToLowerInvariant()}";
        var weights = Path.Combine(folder, name + ".safetensors");
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(weights, network.state_dict().Select(entry => KeyValuePair.Create(
            entry.Key, entry.Value.is_floating_point() ? entry.Value.detach().to_type(ScalarType.Float16) : entry.Value)));
        using (var source = WeightFile.Open(weights)) StateDict.LoadInto(network, source, weights);
        var description = new ExtractorDescription
        {
            Name = name,
            Format = ExtractorFormat.Embedded,
            Modality = modality,
            Weights = Path.GetFileName(weights),
            Digest = WeightFile.Digest(weights),
            Height = modality == Modality.Video ? SceneBatch.FrameSize : 0,
            Width = modality == Modality.Video ? SceneBatch.FrameSize : 0,
            SampleRate = modality == Modality.Audio ? MelSpectrogram.SampleRate : 0,
            Note = "trained on synthetic scenes: its scores compare only with one another",
        };
        var path = Path.Combine(folder, name + ".json");
        AtomicFile.WriteText(path, description.ToJson() + "\n");
        return path;
    }

    private (double Kind, double Tampered) Test(SceneClassifier network)
    {
        using var noGradient = no_grad();
        var (kinds, tampered, done) = (0.0, 0.0, 0);
        for (var part = 0UL; done < options.Tests; part++)
        {
            using var scope = NewDisposeScope();
            var batch = SceneBatch.Draw(
                modality,
                Seeds.Derive(Seeds.Derive(options.Seed, "tests"), part),
                Math.Min(options.Batch, options.Tests - done));
            var (kind, decision) = network.Decide(network.forward(batch.Input));
            kinds += Right(kind, batch.Kinds);
            tampered += Right(decision, batch.Tampering);
            done += (int)batch.Kinds.shape[0];
        }
        return (kinds / Math.Max(1, done), tampered / Math.Max(1, done));
    }

    private static double Right(Tensor logits, Tensor expected) => logits.argmax(1).eq(expected).sum().item<long>();
}

/// <summary>How an embedded extractor is trained. The defaults are those of the extractors in <c>models/extractors</c>.</summary>
public sealed record ExtractorTrainingOptions
{
    /// <summary>Steps, at least 1. 400 by default.</summary>
    public int Steps { get; init; } = 400;

    /// <summary>Scenes of a step, at least 2. 32 by default.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>The highest learning rate, reached at once, from which it falls to 0 along a cosine. 0.002 by default.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Decides scenes, weights and what is tampered with. 1000 by default, which no other command uses unless told.</summary>
    public ulong Seed { get; init; } = 1000;

    /// <summary>Scenes, of another seed, on which the result is tested. 256 by default.</summary>
    public int Tests { get; init; } = 256;
}

/// <summary>What came out of training an embedded extractor.</summary>
/// <param name="Path">Its description.</param>
/// <param name="Digest">The SHA-256 of its weights.</param>
/// <param name="Loss">The mean loss of the last tenth of the steps.</param>
/// <param name="Kind">Share of unseen scenes whose kind it tells.</param>
/// <param name="Tampered">
/// Share of unseen scenes of which it tells whether they were tampered with and how: in time, in detail, by noise, or not, a quarter each.
/// </param>
public sealed record ExtractorTrainingReport(string Path, string Digest, double Loss, double Kind, double Tampered);
