using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using MmDiffusion.Media;
using static TorchSharp.torch;
using OnnxTensor = Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<float>;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>A network stored whole as ONNX, with one float32 input; its first output is the features.</summary>
internal sealed class OnnxNetwork : IFeatureNetwork
{
    private readonly string _path;
    private readonly InferenceSession _session;

    internal OnnxNetwork(string path)
    {
        _path = path;
        try
        {
            // Clips are worked on side by side, each by one thread.
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new MmDiffusionException($"'{path}' is no ONNX network: {FirstLine(exception)}", exception);
        }
        if (_session.InputMetadata.Count == 1) return;
        var inputs = string.Join(", ", _session.InputMetadata.Keys);
        _session.Dispose();
        throw new MmDiffusionException($"the network '{path}' has {_session.InputMetadata.Count} inputs ({inputs}), expected one");
    }

    public Tensor Run(Tensor input)
    {
        var values = MemoryMarshal.Cast<byte, float>(input.contiguous().bytes).ToArray();
        var given = NamedOnnxValue.CreateFromTensor(
            _session.InputNames[0],
            new OnnxTensor(values, [.. input.shape.Select(extent => (int)extent)]));
        try
        {
            using var results = _session.Run([given], [_session.OutputNames[0]]);
            var output = results[0].AsTensor<float>();
            return tensor(output.ToArray(), [.. output.Dimensions.ToArray().Select(extent => (long)extent)]);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new MmDiffusionException(
                $"the network '{_path}' does not take [{string.Join(",", input.shape)}]: {FirstLine(exception)}; "
                + "check layout and sizes in its description",
                exception);
        }
    }

    public void Dispose() => _session.Dispose();

    private static string FirstLine(Exception exception) => exception.Message.Trim().Split('\n')[0].Trim().TrimEnd('.');
}
