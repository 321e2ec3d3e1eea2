namespace MmDiffusion.Kernels.Runtime;

/// <summary>TorchSharp's native library with the one symbol version that older systems lack marked weak.</summary>
/// <remarks>Packages hold it, made while packing; a program built without them makes it when loading fails.</remarks>
internal static class RelaxedImage
{
    /// <summary>What older systems lack.</summary>
    internal const string MissingVersion = "GLIBCXX_3.4.32";

    private const string MarkerSymbol = "_ZSt21ios_base_library_initv";

    /// <summary>The changed bytes of a library; the file stays as it is.</summary>
    /// <exception cref="InvalidDataException">The library is broken, or needs a newer libstdc++ in earnest.</exception>
    /// <exception cref="DllNotFoundException">The library does not ask for that version.</exception>
    internal static byte[] Of(string bridge)
    {
        var image = File.ReadAllBytes(bridge);
        var versions = new ElfSymbolVersions(image);
        if (versions.SymbolsOf(MissingVersion).FirstOrDefault(symbol => symbol != MarkerSymbol) is { } needed)
            throw new InvalidDataException(
                $"this system's libstdc++ lacks {MissingVersion}, which '{bridge}' needs for {needed}; "
                + "install the libstdc++ of GCC 13 or newer");
        if (versions.MakeWeak(MissingVersion) == 0)
            throw new DllNotFoundException(
                $"'{bridge}' does not load on this system, and not for want of {MissingVersion}: it is "
                + "for another processor or another libtorch");
        return image;
    }
}
