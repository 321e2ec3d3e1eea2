using System.Runtime.InteropServices;
using MmDiffusion.Media;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>A network stored whole as TorchScript, which takes a tensor and gives one.</summary>
internal sealed class TorchScriptNetwork : IFeatureNetwork
{
    private readonly string _path;
    private readonly jit.ScriptModule<Tensor, Tensor> _module;

    internal TorchScriptNetwork(string path)
    {
        _path = path;
        try
        {
            _module = jit.load<Tensor, Tensor>(path, DeviceType.CPU);
        }
        catch (Exception exception) when (exception is ExternalException or FormatException or InvalidOperationException)
        {
            throw new MmDiffusionException(
                $"'{path}' is no TorchScript network: {FirstLine(exception)}; save one with torch.jit.script or torch.jit.trace",
                exception);
        }
        _module.eval();
    }

    public Tensor Run(Tensor input)
    {
        try
        {
            return _module.forward(input);
        }
        catch (Exception exception) when (exception is ExternalException or InvalidCastException)
        {
            throw new MmDiffusionException(
                $"the network '{_path}' does not take [{string.Join(",", input.shape)}]: {FirstLine(exception)}; "
                + "check layout and sizes in its description",
                exception);
        }
    }

    public void Dispose() => _module.Dispose();

    private static string FirstLine(Exception exception) => exception.Message.Trim().Split('\n')[0].Trim().TrimEnd('.', ':');
}
