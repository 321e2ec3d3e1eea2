using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>A network that predicts from a noisy state; all that the diffusion knows of a model.</summary>
public interface IDenoiser
{
    /// <summary>Runs the network once.</summary>
    /// <param name="xt">The noisy state x_t.</param>
    /// <param name="timesteps">
    /// The network's time input, float32 [B] on the state's device: 0 … 999 for the 1000 discrete steps, where 0 means one diffusion
    /// step; fractional for solvers in continuous time. [B,2] where video (first) and audio are not as noisy as each other, [B,2,F] where
    /// frames (with their audio) are not.
    /// </param>
    /// <returns>
    /// The raw output: ε (or x0, or v, as trained) of each modality; with learned sigma, twice the channels. A tensor of the caller's
    /// scope.
    /// </returns>
    AudioVideo Predict(AudioVideo xt, Tensor timesteps);
}
