using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MmDiffusion.Studio.Web;

/// <summary>The fields of a form. Whatever is wrong with them reads as missing.</summary>
internal sealed class PostedForm(IFormCollection fields)
{
    /// <summary>Reads a request; null where it is no form.</summary>
    internal static async Task<PostedForm?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasFormContentType || !IsUnicode(request.ContentType)) return null;
        try
        {
            return new PostedForm(await request.ReadFormAsync(cancellation));
        }
        // Parts of a form may name encodings of their own that there are not.
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException or ArgumentException or FormatException
            or (IOException and not BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }))
        {
            return null;
        }
    }

    /// <summary>A field's text; empty where it is missing or given more than once.</summary>
    internal string Text(string name) => fields[name] is [{ } text] ? text : "";

    internal int? Number(string name) => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A field that counts or measures, brought within bounds; 0 where it is missing.</summary>
    internal double Measure(string name, double largest) =>
        double.TryParse(Text(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? Math.Clamp(value, 0, largest) : 0;

    internal bool IsTicked(string name) => Text(name) == "on";

    /// <summary>Whether a form is encoded as our pages ask for, or says nothing of it.</summary>
    private static bool IsUnicode(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
