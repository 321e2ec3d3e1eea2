using System.Globalization;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model;

/// <summary>The full-size networks, built on the meta device: names and shapes are the published checkpoints' and may not drift.</summary>
[Trait("group", "unit")]
public sealed class PublishedNamesTests
{
    private static readonly Device Meta = new(TorchSharp.DeviceType.META);

    [Fact]
    public void The_base_network_has_the_published_parameters() =>
        Approve(new CoupledUNet(new CoupledUNetConfiguration(), Meta), "coupled-unet.base.approved.txt", 133_675_524);

    [Fact]
    public void The_upscaler_has_the_published_parameters() =>
        Approve(new SuperResolutionUNet(new SuperResolutionConfiguration(), Meta), "sr-64-256.approved.txt", 311_027_910);

    [Fact]
    public void AudioSet_differs_from_the_base_in_its_width_alone()
    {
        using CoupledUNet wide = new(new CoupledUNetConfiguration { BaseChannels = 256 }, Meta),
            narrow = new(new CoupledUNetConfiguration(), Meta);
        Assert.Equal(narrow.state_dict().Keys, wide.state_dict().Keys);
        Assert.All(narrow.state_dict(), entry => Assert.Equal(entry.Value.dim(), wide.state_dict()[entry.Key].dim()));
    }

    private static void Approve(nn.Module network, string file, long parameters)
    {
        using var owned = network;
        var found = network.state_dict()
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]"))
            .ToList();
        var path = Path.Combine(Checkout.Root, "tests", "MmDiffusion.Tests", "Model", file);
        if (Environment.GetEnvironmentVariable("MMDIFF_APPROVE") == "1") File.WriteAllLines(path, found);
        Assert.Equal(File.ReadAllLines(path), found);
        Assert.Equal(parameters, network.parameters().Sum(parameter => parameter.numel()));
    }
}
