using MmDiffusion.Primitives;

namespace MmDiffusion.Model;

/// <summary>A layer that owns parameters and knows how training starts with them.</summary>
internal interface IInitializable
{
    /// <summary>Fills the parameters from the given source; memory for them is reserved but not written before.</summary>
    void Initialize(IRandomSource random);
}
