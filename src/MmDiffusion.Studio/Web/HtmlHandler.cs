using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace MmDiffusion.Studio.Web;

/// <summary>Fills the holes of <see cref="Html.Of"/>.</summary>
[InterpolatedStringHandler]
internal readonly struct HtmlHandler(int literalLength, int holes)
{
    private readonly StringBuilder _markup = new(literalLength + 32 * holes);

    public void AppendLiteral(string markup) => _markup.Append(markup);

    public void AppendFormatted(Html markup) => _markup.Append(markup);

    public void AppendFormatted(IEnumerable<Html> markup)
    {
        foreach (var part in markup) _markup.Append(part);
    }

    public void AppendFormatted(string? text) => _markup.Append(WebUtility.HtmlEncode(text));

    public void AppendFormatted<T>(T value) where T : struct, IFormattable => AppendFormatted(value, null);

    public void AppendFormatted<T>(T value, string? format) where T : struct, IFormattable =>
        AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    public override string ToString() => _markup.ToString();
}
