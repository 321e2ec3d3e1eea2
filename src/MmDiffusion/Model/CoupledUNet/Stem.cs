using MmDiffusion.Primitives;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>The first convolutions: 3 colours and 1 sound channel become M channels each.</summary>
internal sealed class Stem : Module, ICoupledLayer
{
    [ComponentName(Name = "video_conv")]
    private readonly VideoConv2dPlus1d _video;

    [ComponentName(Name = "audio_conv")]
    private readonly AudioConv _audio;

    internal Stem(long channels, Device device) : base(nameof(Stem))
    {
        _video = new VideoConv2dPlus1d(CoupledUNet.VideoChannels, channels, device);
        _audio = new AudioConv(CoupledUNet.AudioChannels, channels, 3, device);
        RegisterComponents();
    }

    public AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned) => new(_video.forward(x.Video), _audio.forward(x.Audio));
}
