using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MmDiffusion.Studio.Web;

/// <summary>The style sheet and the scripts, which are part of the program. Their address changes with their content.</summary>
internal static class Assets
{
    private static readonly Dictionary<string, (byte[] Bytes, string Type)> Files =
        new[] { "study.css", "study.js", "admin.js" }.ToDictionary(
            name => name, name =>
                (Read(name), name.EndsWith(".css", StringComparison.Ordinal)
                    ? "text/css; charset=utf-8"
                    : "text/javascript; charset=utf-8"));

    private static readonly string Version =
        Convert.ToHexStringLower(SHA256.HashData([.. Files.Values.SelectMany(file => file.Bytes)]))[..12];

    /// <summary>The path of a file.</summary>
    internal static string Path(string name) => $"/assets/{Version}/{name}";

    /// <summary>The text of a file, for pages that are kept as a file themselves.</summary>
    internal static string Text(string name) => System.Text.Encoding.UTF8.GetString(Files[name].Bytes);

    internal static void MapAssets(this IEndpointRouteBuilder routes) =>
        routes.MapRead("/assets/{version}/{name}", (string name, HttpResponse response) =>
        {
            if (!Files.TryGetValue(name, out var file)) return Results.NotFound();
            response.Headers.CacheControl = "public, max-age=31536000, immutable";
            return Results.Bytes(file.Bytes, file.Type);
        });

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
