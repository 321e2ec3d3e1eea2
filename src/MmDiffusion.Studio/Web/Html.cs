using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace MmDiffusion.Studio.Web;

/// <summary>Markup. It is only made of literals and of values that were escaped on the way in.</summary>
internal sealed class Html
{
    private readonly string _markup;

    private Html(string markup) => _markup = markup;

    internal static Html Empty { get; } = new("");

    /// <summary>Markup with holes: texts in them are escaped, markup and lists of it are put in as they are.</summary>
    internal static Html Of(HtmlHandler markup) => new(markup.ToString());

    /// <summary>Escapes a text.</summary>
    internal static Html Text(string text) => new(WebUtility.HtmlEncode(text));

    /// <summary>A style sheet of ours; its quotation marks are not escaped where it stands.</summary>
    internal static Html Style(string sheet) => new(sheet);

    /// <summary>One after the other.</summary>
    internal static Html Join(IEnumerable<Html> parts)
    {
        var all = new StringBuilder();
        foreach (var part in parts) all.Append(part._markup);
        return new Html(all.ToString());
    }

    public override string ToString() => _markup;
}

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
