using System.Globalization;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

/// <summary>Modules named by their numbers.</summary>
internal sealed class NumberedModules<T> : Module where T : Module
{
    private readonly IReadOnlyList<T> _modules;

    internal NumberedModules(IReadOnlyList<T> modules) : base(nameof(NumberedModules<>))
    {
        _modules = modules;
        for (var i = 0; i < modules.Count; i++) register_module(i.ToString(CultureInfo.InvariantCulture), modules[i]);
    }

    /// <summary>The modules in their order.</summary>
    internal IReadOnlyList<T> All => _modules;
}
