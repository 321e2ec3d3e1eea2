using TorchSharp;
Console.WriteLine(torch.randn(3, generator: new torch.Generator(0)).ToString(TensorStringStyle.Julia));
