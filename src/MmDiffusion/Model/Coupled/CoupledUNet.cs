using System.ComponentModel;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Coupled;

/// <summary>
/// The Coupled U-Net of MM-Diffusion (Ruan et al., CVPR 2023, section 3.2): two U-Nets, one for video and one for audio, that share the
/// timestep and meet in cross-modal attention. Parameters have the names of the published checkpoints.
/// </summary>
public sealed class CoupledUNet : Module<AudioVideo, Tensor, WindowShifts, AudioVideo>
{
    /// <summary>Colours of a frame.</summary>
    public const int VideoChannels = 3;

    /// <summary>Channels of the sound.</summary>
    public const int AudioChannels = 1;

    /// <summary>The only parameter that a network with labels has beside those of one without.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public const string LabelWeight = "label_emb.weight";

    private readonly IReadOnlyList<int> _largestShifts;
    private ScalarType _computeType = ScalarType.Float32;

    [ComponentName(Name = "time_embed")]
    private readonly TimestepEmbedding _timeEmbedding;

    [ComponentName(Name = "label_emb")]
    private readonly LabelEmbedding? _labelEmbedding;

    [ComponentName(Name = "input_blocks")]
    private readonly NumberedModules<CoupledStage> _inputBlocks;

    [ComponentName(Name = "middle_blocks")]
    private readonly CoupledStage _middleBlocks;

    [ComponentName(Name = "output_blocks")]
    private readonly NumberedModules<CoupledStage> _outputBlocks;

    [ComponentName(Name = "audio_out")]
    private readonly InLayers<AudioConv> _audioOut;

    [ComponentName(Name = "video_out")]
    private readonly InLayers<VideoConv3d> _videoOut;

    /// <summary>Builds the network; its parameters hold nothing until they are loaded or <see cref="Initialize"/>d.</summary>
    /// <param name="configuration">Its sizes.</param>
    /// <param name="device">Where the parameters live: the CPU by default; <c>meta</c> to know names and shapes alone.</param>
    /// <exception cref="MmDiffusionException">The configuration is not valid.</exception>
    public CoupledUNet(CoupledUNetConfiguration configuration, Device? device = null) : base(nameof(CoupledUNet))
    {
        configuration.Validate();
        Nnpack.Disable();
        Configuration = configuration;
        device ??= CPU;
        using var reserved = Glibc.Reserve(); // Weights may yet change their format before they are filled.
        var builder = new CoupledUNetBuilder(configuration, device);
        var (channels, outputs) = (configuration.BaseChannels * configuration.ChannelMultipliers[0], configuration.LearnSigma ? 2 : 1);
        _largestShifts = builder.LargestShifts;
        Training = new NetworkTraining(builder.Dropout);
        _timeEmbedding = new TimestepEmbedding(configuration.BaseChannels, configuration.BaseChannels, device);
        if (configuration.Labels.Count > 0)
            _labelEmbedding = new LabelEmbedding(configuration.Labels.Count, configuration.BaseChannels, device);
        _inputBlocks = new(builder.InputBlocks);
        _middleBlocks = builder.MiddleBlocks;
        _outputBlocks = new(builder.OutputBlocks);
        _audioOut = new(
            new NestedGroupNorm(channels, device),
            new AudioConv(channels, AudioChannels * outputs, 3, device, zeroStart: true));
        _videoOut = new(
            new NestedGroupNorm(channels, device),
            new VideoConv3d(channels, VideoChannels * outputs, 3, device, zeroStart: true));
        RegisterComponents();
    }

    /// <summary>Its sizes.</summary>
    public CoupledUNetConfiguration Configuration { get; }

    /// <summary>Number of cross-modal attention blocks whose windows shift: the length of a <see cref="WindowShifts"/>.</summary>
    public int ShiftCount => _largestShifts.Count;

    /// <summary>
    /// The type that convolutions and attention compute in, float32 unless set. Norms, embeddings, inputs and outputs stay float32.
    /// Set before weights are loaded, it converts them on the way in.
    /// </summary>
    public ScalarType ComputeType
    {
        get => _computeType;
        set => ComputePrecision.Convert([_inputBlocks, _middleBlocks, _outputBlocks, _audioOut, _videoOut], _computeType = value);
    }

    /// <summary>What only training sets.</summary>
    public NetworkTraining Training { get; }

    /// <summary>Fills the parameters as training starts with them.</summary>
    public void Initialize(IRandomSource random) => Initialization.Initialize(this, random);

    /// <summary>Draws the window shifts of one forward pass, each uniform in 0 … F-w, separately for every sample.</summary>
    public WindowShifts DrawShifts(IRandomSource random, long batch) => WindowShifts.Draw(random, _largestShifts, batch);

    /// <summary>Runs the network.</summary>
    /// <param name="x">Noisy video [B,F,3,H,W] and sound [B,1,L].</param>
    /// <param name="timesteps">
    /// 0 … 999, may be fractional: [B]; [B,2] where video (first) and audio are not as noisy as each other; [B,2,F] where frames are not.
    /// Position i of L in the audio belongs to frame ⌊(i+½)·F/L⌋. Equal timesteps give the same bytes in every form.
    /// </param>
    /// <param name="shifts">Window shifts of this pass, from <see cref="DrawShifts"/> or fixed by the caller.</param>
    /// <returns>The prediction, shaped as the input; with learned sigma, twice the channels.</returns>
    /// <exception cref="ArgumentException">A shape does not fit the configuration.</exception>
    public override AudioVideo forward(AudioVideo x, Tensor timesteps, WindowShifts shifts) => forward(x, timesteps, shifts, null);

    /// <summary>Runs the network, perhaps with deep features of a call before.</summary>
    /// <param name="x">Noisy video [B,F,3,H,W] and sound [B,1,L].</param>
    /// <param name="timesteps">[B], [B,2] or [B,2,F], as above.</param>
    /// <param name="shifts">Window shifts of this pass; those of blocks that are not computed have no effect.</param>
    /// <param name="reuse">The features of this run; null to compute everything.</param>
    /// <param name="labels">
    /// int64 [B]: the class of each sample, as <see cref="CoupledUNetConfiguration.IndicesOf"/> gives it; null, the default, for no class.
    /// </param>
    /// <returns>The prediction, shaped as the input; with learned sigma, twice the channels.</returns>
    /// <exception cref="ArgumentException">
    /// A shape does not fit the configuration, or the run; or there are labels that the network has not.
    /// </exception>
    public AudioVideo forward(AudioVideo x, Tensor timesteps, WindowShifts shifts, DeepFeatures? reuse, Tensor? labels = null)
    {
        Guard(x, timesteps, shifts, labels);
        using var scope = NewDisposeScope();
        var embedding = Embed(Shortest(timesteps), labels);
        var (stages, kept) = (_inputBlocks.All.Count, reuse?.Recall(x.BatchSize));
        var upper = reuse?.UpperStages(Configuration.BlocksPerLevel, stages);
        var skips = Encode(x, embedding, shifts, kept is null ? stages : upper!.Value);
        var h = kept ?? Run(_middleBlocks, skips.Peek(), embedding, shifts);
        foreach (var block in _outputBlocks.All.Skip(stages - skips.Count))
        {
            if (kept is null && skips.Count == upper) reuse!.Keep(h);
            using var joined = Join(h, skips.Pop());
            h = Run(block, joined, embedding, shifts, owned: true);
        }
        var video = _videoOut.forward(h.Video).permute(0, 1, 4, 2, 3); // [B,F,H,W,C] → [B,F,C,H,W]
        var audio = _audioOut.forward(h.Audio).transpose(1, 2); // [B,L,C] → [B,C,L]
        return new AudioVideo(video, audio).Map(part => part.to_type(ScalarType.Float32).contiguous()).MoveToOuter(scope);
    }

    /// <summary>
    /// Equal timesteps in their shortest form, [B,2,F] → [B,2] → [B]: sums of a matrix product depend on how many rows it has, and the
    /// result must not depend on how its timesteps were written.
    /// </summary>
    private static Tensor Shortest(Tensor timesteps)
    {
        while (timesteps.dim() > 1 && timesteps.eq(timesteps.narrow(-1, 0, 1)).all().item<bool>()) timesteps = timesteps.select(-1, 0);
        return timesteps;
    }

    /// <summary>The embedding of timesteps and labels: [B] → [B,M], [B,2] → [B,2,M], [B,2,F] → [B,2,F,M].</summary>
    internal Tensor Embed(Tensor timesteps, Tensor? labels = null)
    {
        using var scope = NewDisposeScope();
        var embedding = _timeEmbedding.forward(timesteps.flatten()).view([.. timesteps.shape, -1]);
        if (_labelEmbedding is null) return embedding.MoveToOuterDisposeScope();
        labels ??= zeros(timesteps.size(0), int64, timesteps.device);
        // [B,M] → [B,1,1,M]
        var ofLabels = _labelEmbedding.forward(labels).view([labels.size(0), .. Enumerable.Repeat(1L, (int)timesteps.dim() - 1), -1]);
        return embedding.Plus(ofLabels).MoveToOuterDisposeScope();
    }

    /// <summary>The result of the first input blocks, all by default, last on top: video [B,F,H,W,C], audio [B,L,C].</summary>
    internal Stack<AudioVideo> Encode(AudioVideo x, Tensor embedding, WindowShifts shifts, int blocks = int.MaxValue)
    {
        var skips = new Stack<AudioVideo>();
        var video = x.Video.permute(0, 1, 3, 4, 2); // [B,F,C,H,W] → [B,F,H,W,C]
        var audio = x.Audio.transpose(1, 2); // [B,C,L] → [B,L,C]
        var h = new AudioVideo(video, audio).Map(part => part.to_type(ComputeType).contiguous());
        foreach (var block in _inputBlocks.All.Take(blocks)) skips.Push(h = Run(block, h, embedding, shifts));
        return skips;
    }

    private AudioVideo Run(CoupledStage stage, AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned = false)
    {
        var outputs = Training.Run(
            stage,
            (inputs, owns) => [.. stage.Forward(new AudioVideo(inputs[0], inputs[1]), inputs[2], shifts, owns).Parts],
            usesTimestep: stage != _inputBlocks.All[0],
            owned,
            x.Video,
            x.Audio,
            embedding);
        return new AudioVideo(outputs[0], outputs[1]);
    }

    /// <summary>Concatenates the channels and lets both inputs go: the deepest features are the largest part of memory.</summary>
    private static AudioVideo Join(AudioVideo deep, AudioVideo shallow)
    {
        using (deep)
        using (shallow)
            return deep.Zip(shallow, (h, skip) => cat([h, skip], dim: -1));
    }

    private void Guard(AudioVideo x, Tensor timesteps, WindowShifts shifts, Tensor? labels)
    {
        var c = Configuration;
        Require(x.Video.dim() == 5 && x.Video.shape.AsSpan(1).SequenceEqual([c.Frames, VideoChannels, c.Height, c.Width]),
            $"video is [{string.Join(", ", x.Video.shape)}], expected [B, {c.Frames}, {VideoChannels}, {c.Height}, {c.Width}]");
        Require(x.Audio.dim() == 3 && x.Audio.shape.AsSpan(1).SequenceEqual([AudioChannels, c.AudioLength]),
            $"audio is [{string.Join(", ", x.Audio.shape)}], expected [B, {AudioChannels}, {c.AudioLength}]");
        var batch = x.Video.size(0);
        long[] each = [batch, 2, c.Frames];
        Require(
            x.Audio.size(0) == batch
                && timesteps.dim() is >= 1 and <= 3
                && timesteps.shape.AsSpan().SequenceEqual(each.AsSpan(0, (int)timesteps.dim())),
            $"{batch} videos, {x.Audio.size(0)} sounds and [{string.Join(", ", timesteps.shape)}] timesteps do not make a batch, "
            + $"expected timesteps [{batch}], [{batch}, 2] or [{batch}, 2, {c.Frames}]");
        Require(labels is null || (labels.dim() == 1 && labels.size(0) == batch && labels.dtype == int64),
            $"labels are {labels?.dtype} [{string.Join(", ", labels?.shape ?? [])}], expected Int64 [{batch}]");
        Require(labels is null || c.Labels.Count > 0, "labels were given to a network that knows none");
        Require(shifts.Count == ShiftCount, $"{shifts.Count} window shifts were given for {ShiftCount} cross-attention blocks");
        for (var i = 0; i < ShiftCount; i++)
        {
            Require((shifts[i].Count == 1 || shifts[i].Count == batch) && shifts[i].All(shift => shift >= 0 && shift <= _largestShifts[i]),
                $"the shifts of cross-attention block {i} are [{string.Join(", ", shifts[i])}], expected one, "
                + $"or {batch}, of 0 to {_largestShifts[i]}");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new ArgumentException(message);
    }
}

/// <summary>
/// By how many frames each cross-modal attention block shifts its windows in one forward pass (RS-MMA): drawn once, before the pass, so
/// that recomputing activations for a backward pass sees the same windows.
/// </summary>
public sealed class WindowShifts
{
    private readonly long[][] _shifts;

    /// <summary>Fixes the shifts.</summary>
    /// <param name="shifts">
    /// For each block that can shift, in the order the blocks run: one shift for the whole batch, or one for each sample.
    /// </param>
    public WindowShifts(IEnumerable<IReadOnlyList<long>> shifts) => _shifts = [.. shifts.Select(block => block.ToArray())];

    /// <summary>Fixes one shift for each block, the same for every sample.</summary>
    /// <param name="shifts">For each block that can shift, in the order the blocks run, 0 … F-w frames.</param>
    public static WindowShifts PerBlock(IEnumerable<long> shifts) => new(shifts.Select(shift => new[] { shift }));

    /// <summary>Number of blocks.</summary>
    public int Count => _shifts.Length;

    /// <summary>The shifts of one block: one for the whole batch, or one for each sample.</summary>
    public IReadOnlyList<long> this[int block] => _shifts[block];

    /// <summary>Draws the shifts of every sample and block uniformly from 0 … F-w.</summary>
    internal static WindowShifts Draw(IRandomSource random, IReadOnlyList<int> largest, long batch)
    {
        using var scope = NewDisposeScope();
        return new WindowShifts(largest.Select(most => random.Integers(most + 1, batch).data<long>().ToArray()).ToList());
    }
}
