using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Testing.Fuzzing;

namespace MmDiffusion.Media.Tests.Fuzzing;

[Trait("group", "fuzz")]
[Collection("fuzz")]
public sealed class MediaFuzzTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Sounds()
    {
        var sound = new Audio([.. Enumerable.Range(0, 40).Select(i => MathF.Sin(i))], 8000);
        WaveFile.Write(_folder["a.wav"], sound);
        WaveFile.Write(_folder["b.wav"], sound, WaveEncoding.Float32);
        var mutator = new ByteMutator(
            [File.ReadAllBytes(_folder["a.wav"]), File.ReadAllBytes(_folder["b.wav"])],
            ["RIFF"u8.ToArray(), "WAVE"u8.ToArray(), "fmt "u8.ToArray(), "data"u8.ToArray()]);
        var result = Fuzz.Run(mutator, Fuzz.OfFile(_folder["x.wav"], path => WaveFile.Read(path)));
        Assert.InRange(result.Refused, Fuzz.Mutations / 20, Fuzz.Mutations - 100);
    }

    [Fact]
    public void Pictures()
    {
        var pixels = new byte[12 * 9 * 3];
        new Random(1).NextBytes(pixels);
        PngImage.Write(_folder["a.png"], pixels, 12, 9);
        PngImage.Write(_folder["b.png"], new byte[3], 1, 1);
        var mutator = new ByteMutator(
            [File.ReadAllBytes(_folder["a.png"]), File.ReadAllBytes(_folder["b.png"])],
            ["IHDR"u8.ToArray(), "IDAT"u8.ToArray(), "PLTE"u8.ToArray(), "tRNS"u8.ToArray()]);
        var result = Fuzz.Run(mutator, Fuzz.OfFile(_folder["x.png"], path => PngImage.Read(path)));
        Assert.InRange(result.Refused, Fuzz.Mutations / 20, Fuzz.Mutations - 100);
    }

    public void Dispose() => _folder.Dispose();
}
