using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Which tokens of the other modality each frame's queries see: frame i sees the tokens (i·A + s·A + j) mod L for j in 0 … w·A-1, where A
/// tokens belong to a frame and L tokens to the clip (more than F·A where a sound does not divide evenly).
/// </summary>
/// <remarks>All frames are attended in one call.</remarks>
internal sealed class FrameWindows
{
    private readonly long _frames;
    private readonly long _size;
    private readonly long _tokensPerFrame;
    private readonly long _tokens;
    private readonly IReadOnlyList<long> _shifts;

    /// <param name="frames">Frames of the clip, F.</param>
    /// <param name="window">Frames in a window, w.</param>
    /// <param name="tokensPerFrame">Keys of a frame, A.</param>
    /// <param name="tokens">Keys of the clip, L.</param>
    /// <param name="shifts">Frames that the windows are shifted by: one for the batch, or one for each sample.</param>
    internal FrameWindows(long frames, int window, long tokensPerFrame, long tokens, IReadOnlyList<long> shifts)
    {
        _frames = frames;
        _size = window * tokensPerFrame;
        _tokensPerFrame = tokensPerFrame;
        _tokens = tokens;
        _shifts = shifts;
    }

    /// <summary>Lets the queries of every frame attend to its window.</summary>
    /// <param name="query">[B,T,C]; the tokens behind the last frame's belong to the last frame.</param>
    /// <param name="queriesPerFrame">Queries of a frame.</param>
    /// <param name="key">[B,L,C]</param>
    /// <param name="value">[B,L,C]</param>
    /// <param name="heads">Heads that C is split into.</param>
    /// <returns>[B,T,C]</returns>
    internal Tensor Attend(Tensor query, long queriesPerFrame, Tensor key, Tensor value, long heads)
    {
        using var scope = NewDisposeScope();
        if (_size == _tokens) return Attend(query, key, value, heads).MoveToOuterDisposeScope();
        var (q, k, v) = (Attention.SplitHeads(query, heads), Attention.SplitHeads(key, heads), Attention.SplitHeads(value, heads));
        if (FusedAttention.Takes(q, k, v))
        {
            OperationCounter.AddAttention(q.numel(), _size);
            return FusedAttention.Apply(q, k, v, Spans(query.size(0), query.size(1), queriesPerFrame)).MoveToOuterDisposeScope();
        }
        return AttendToCopies(query, queriesPerFrame, key, value, heads).MoveToOuterDisposeScope();
    }

    /// <summary>The windows of every frame of every sample.</summary>
    private AttentionSpan[] Spans(long batch, long queries, long queriesPerFrame) =>
    [
        .. from sample in Enumerable.Range(0, (int)batch)
           from frame in Enumerable.Range(0, (int)_frames)
           let first = frame * queriesPerFrame
           let count = frame == _frames - 1 ? queries - first : queriesPerFrame
           let firstKey = (frame + _shifts[_shifts.Count == 1 ? 0 : sample]) * _tokensPerFrame % _tokens
           select new AttentionSpan(sample, (int)first, (int)count, (int)firstKey, (int)_size),
    ];

    /// <summary>The same where windows have to be brought together first: rotated by the shift and extended by its own start, they are overlapping views.</summary>
    private Tensor AttendToCopies(Tensor query, long queriesPerFrame, Tensor key, Tensor value, long heads)
    {
        var (batch, inFrames) = (query.size(0), _frames * queriesPerFrame);
        var (keys, values) = (Windows(key), Windows(value));
        var framed = query.narrow(1, 0, inFrames).reshape(batch * _frames, queriesPerFrame, -1); // [B,F*Q,C] → [B*F,Q,C]
        var attended = Attend(framed, keys.flatten(0, 1), values.flatten(0, 1), heads).view(batch, inFrames, -1);
        var rest = query.size(1) - inFrames;
        if (rest == 0) return attended;
        var last = Attend(query.narrow(1, inFrames, rest), keys.select(1, _frames - 1), values.select(1, _frames - 1), heads);
        return cat([attended, last], dim: 1);
    }

    private static Tensor Attend(Tensor query, Tensor key, Tensor value, long heads) =>
        Attention.Attend(Attention.SplitHeads(query, heads), Attention.SplitHeads(key, heads), Attention.SplitHeads(value, heads));

    /// <summary>[B,L,C] → [B,F,w*A,C], a view where nothing wraps around.</summary>
    private Tensor Windows(Tensor tokens)
    {
        var extended = Extend(tokens, (_frames - 1) * _tokensPerFrame + _size);
        return _size == _tokensPerFrame ? extended.unflatten(1, _frames, _size) : DifferentiableWindows.Apply(extended, _tokensPerFrame, _size);
    }

    private Tensor Extend(Tensor tokens, long extent)
    {
        if (_shifts.All(shift => shift == _shifts[0])) return Extend(tokens, extent, _shifts[0]);
        return cat([.. _shifts.Select((shift, sample) => Extend(tokens.narrow(0, sample, 1), extent, shift))], dim: 0);
    }

    /// <summary>Tokens from the shift on, again and again from the first, until there are as many as the windows reach.</summary>
    private Tensor Extend(Tensor tokens, long extent, long shift)
    {
        var parts = new List<Tensor>();
        for (var (first, left) = (shift * _tokensPerFrame % _tokens, extent); left > 0; first = 0)
        {
            var count = Math.Min(left, _tokens - first);
            parts.Add(tokens.narrow(1, first, count));
            left -= count;
        }
        return parts is [var whole] ? whole : cat(parts, dim: 1);
    }
}
