using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>
/// The places of outputs that are taken at a time, and the inputs that their taps see. Where padding is little, a tile is some rows and columns
/// of one sample, padded in memory so that each tap is an offset in one copy of the inputs. Elsewhere it is places one after the other,
/// and each tap has a copy of its own.
/// </summary>
internal sealed unsafe class KernelGradientTiles
{
    /// <summary>Copying an input costs as much as its products with so many outputs.</summary>
    private const double CopyCost = 20;

    private const int MostPlaces = 512;

    private readonly int _samples, _height, _width, _columns, _dilation, _above, _beside;
    private readonly int _tileRows, _tileColumns, _pitch, _rowTiles, _columnTiles;

    /// <param name="input">[N,H,W,C]</param>
    /// <param name="kernel">[out,C,kH,kW]</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    /// <param name="outputs">That are multiplied at a time.</param>
    internal KernelGradientTiles(long[] input, long[] kernel, int dilation, int outputs)
    {
        (_samples, _height, _width, _columns, _dilation) = ((int)input[0], (int)input[1], (int)input[2], (int)kernel[3], dilation);
        (_above, _beside) = ((int)kernel[2] / 2, _columns / 2 * dilation);
        var taps = (int)kernel[2] * _columns;
        var mostColumns = _above > 0 && _beside == 0 ? Math.Max(KernelGradientPlan.Lanes, MostPlaces / _height) : MostPlaces;
        _columnTiles = Ceiling.Of(_width, mostColumns);
        _tileColumns = Ceiling.Of(_width, _columnTiles);
        // The end of a row is followed by the next one's beginning: one margin serves both.
        _pitch = _tileColumns + (_columnTiles == 1 ? _beside : 2 * _beside);
        _rowTiles = Math.Clamp((_height * _pitch + MostPlaces / 2) / MostPlaces, 1, _height);
        _tileRows = Ceiling.Of(_height, _rowTiles);
        Inner = Even((_tileRows - 1) * _pitch + _tileColumns);
        Count = _samples * _rowTiles * _columnTiles;
        Copied = Inner + 2 * _above * _pitch + 2 * _beside;
        var whole = (double)Count * (taps * outputs * (double)Inner + CopyCost * Copied);
        if (taps > 1 && whole < taps * (outputs + CopyCost) * Places) return;
        SeparateTaps = true;
        Count = Ceiling.Of(Places, MostPlaces);
        Copied = Inner = Even(Ceiling.Of(Places, Count));
    }

    internal int Places => _samples * _height * _width;

    /// <summary>Tiles.</summary>
    internal int Count { get; }

    /// <summary>Places of outputs of a tile, padding included: an even number.</summary>
    internal int Inner { get; }

    /// <summary>Places of inputs of one copy.</summary>
    internal int Copied { get; }

    /// <summary>Whether each tap has a copy of its own.</summary>
    internal bool SeparateTaps { get; }

    /// <summary>What a tap's inputs begin with in a copy for all taps.</summary>
    internal int Offset(int tap) => SeparateTaps ? 0 : tap / _columns * _pitch + tap % _columns * _dilation;

    /// <summary>Lists where each place of a tile's outputs lies.</summary>
    /// <param name="tile">Which.</param>
    /// <param name="source">[N,H,W,width]</param>
    /// <param name="width">Numbers of a place.</param>
    /// <param name="nothing">What padding is.</param>
    /// <param name="to">[Inner]</param>
    internal void ListOutputs(int tile, ushort* source, int width, ushort* nothing, ushort** to)
    {
        if (SeparateTaps) ListPlaces(tile, 0, 0, source, width, nothing, to);
        else ListRegion(tile, 0, 0, source, width, nothing, to, Inner);
    }

    /// <summary>Lists where each place of a tile's inputs lies.</summary>
    /// <param name="tile">Which.</param>
    /// <param name="tap">Whose copy.</param>
    /// <param name="source">[N,H,W,width]</param>
    /// <param name="width">Numbers of a place.</param>
    /// <param name="nothing">What padding is.</param>
    /// <param name="to">[Copied]</param>
    internal void ListInputs(int tile, int tap, ushort* source, int width, ushort* nothing, ushort** to)
    {
        if (SeparateTaps) ListPlaces(tile, tap / _columns - _above, tap % _columns * _dilation - _beside, source, width, nothing, to);
        else ListRegion(tile, _above, _beside, source, width, nothing, to, Copied);
    }

    private void ListPlaces(int tile, int down, int right, ushort* source, int width, ushort* nothing, ushort** to)
    {
        var (first, end) = (tile * Inner, Math.Min((tile + 1) * Inner, Places));
        for (var place = first; place < end;)
        {
            var (row, column) = (place / _width % _height + down, place % _width);
            var count = Math.Min(_width - column, end - place);
            ListRow(source + (place + (long)down * _width + right) * width, width, row >= 0 && row < _height, column + right, _width, nothing, to + (place - first), count);
            place += count;
        }
        for (var i = end - first; i < Inner; i++) to[i] = nothing;
    }

    private void ListRegion(int tile, int above, int beside, ushort* source, int width, ushort* nothing, ushort** to, int count)
    {
        var (sample, firstRow, firstColumn) = (tile / _columnTiles / _rowTiles, tile / _columnTiles % _rowTiles * _tileRows, tile % _columnTiles * _tileColumns);
        var (endRow, endColumn) = (Math.Min(_height, firstRow + _tileRows + above), Math.Min(_width, firstColumn + _tileColumns + beside));
        var (row, column) = (firstRow - above, firstColumn - beside);
        for (var i = 0; i < count; i += _pitch, row++)
            ListRow(
                source + (((long)sample * _height + row) * _width + column) * width, width, row >= 0 && row < endRow, column, endColumn, nothing, to + i, Math.Min(_pitch, count - i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ListRow(ushort* from, int width, bool exists, int column, int endColumn, ushort* nothing, ushort** to, int count)
    {
        var (begin, end) = exists ? (Math.Clamp(-column, 0, count), Math.Clamp(endColumn - column, 0, count)) : (count, count);
        Fill(nothing, 0, to, Math.Min(begin, end));
        if (begin < end) Fill(from + (long)begin * width, width, to + begin, end - begin);
        Fill(nothing, 0, to + end, count - end);
    }

    /// <summary>Lists places one behind the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fill(ushort* from, int width, ushort** to, int count)
    {
        const int atOnce = 8;
        var i = 0;
        var places = Vector512.Create((long)from) + Vector512<long>.Indices * (width * sizeof(ushort));
        for (var step = Vector512.Create((long)atOnce * width * sizeof(ushort)); i + atOnce <= count; i += atOnce, places += step) places.Store((long*)(to + i));
        for (; i < count; i++) to[i] = from + (long)i * width;
    }

    private static int Even(int count) => (count + 1) & ~1;
}
