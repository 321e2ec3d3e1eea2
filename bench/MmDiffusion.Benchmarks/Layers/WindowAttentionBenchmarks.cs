using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Layers;

/// <summary>
/// The pixels of each frame attend to the sound of a window of four frames, shifted by three: 16 frames of 16×16, 100 samples a frame,
/// 384 channels, heads of 64.
/// </summary>
public class WindowAttentionBenchmarks : LayerBenchmark
{
    private const int Frames = 16;
    private const int Window = 4;
    private const int Pixels = 256;
    private const int Samples = 100;
    private const int Heads = 6;
    private const int Shift = 3;

    private Tensor _query = null!;
    private Tensor _key = null!;
    private Tensor _value = null!;

    private protected override void Make(SeededRandom random) =>
        (_query, _key, _value) = (Draw(random, 1, Frames * Pixels, 384), Draw(random, 1, Frames * Samples, 384), Draw(
            random,
            1,
            Frames * Samples,
            384));

    private protected override void RunPublished()
    {
        var frames = new List<Tensor>();
        for (var frame = 0; frame < Frames; frame++)
        {
            var seen = (arange((frame + Shift) * Samples, (frame + Shift + Window) * Samples) % (Frames * Samples))
                .to_type(ScalarType.Int64);
            var (q, k, v) = (Split(_query.narrow(1, frame * Pixels, Pixels)), Split(_key.index_select(1, seen)), Split(_value
                .index_select(1, seen)));
            var weights = nn.functional.softmax((q * 0.125).matmul(k.transpose(2, 3)).to_type(ScalarType.Float32), -1).to_type(Type);
            frames.Add(weights.matmul(v).transpose(1, 2).flatten(2));
        }
        _ = cat(frames, dim: 1);

        static Tensor Split(Tensor tokens) => tokens.unflatten(2, Heads, -1).transpose(1, 2); // [B,T,C] → [B,heads,T,D]
    }

    private protected override void RunOurs() =>
        new FrameWindows(Frames, Window, Samples, Frames * Samples, [Shift]).Attend(_query, Pixels, _key, _value, Heads);
}
