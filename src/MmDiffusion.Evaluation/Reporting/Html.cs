using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Markup. It is only made of literals and of values that were escaped on the way in.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class Html
{
    private readonly string _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>No markup.</summary>
    public static Html Empty { get; } = new("");

    /// <summary>Markup with holes: texts in them are escaped, markup and lists of it are put in as they are.</summary>
    public static Html Of(HtmlHandler markup) => new(markup.ToString());

    /// <summary>A style sheet of ours; its quotation marks are not escaped where it stands.</summary>
    public static Html Style(string sheet) => new(sheet);

    /// <inheritdoc/>
    public override string ToString() => _markup;
}

/// <summary>Fills the holes of <see cref="Html.Of"/>.</summary>
/// <param name="literalLength">Characters of the literals together.</param>
/// <param name="holes">How many there are.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
[InterpolatedStringHandler]
public readonly struct HtmlHandler(int literalLength, int holes)
{
    private readonly StringBuilder _markup = new(literalLength + 32 * holes);

    /// <summary>Markup of ours, as it is.</summary>
    public void AppendLiteral(string markup) => _markup.Append(markup);

    /// <summary>A piece of a page, as it is.</summary>
    public void AppendFormatted(Html markup) => _markup.Append(markup);

    /// <summary>Pieces one after the other, as they are.</summary>
    public void AppendFormatted(IEnumerable<Html> markup)
    {
        foreach (var part in markup) _markup.Append(part);
    }

    /// <summary>A text, escaped.</summary>
    public void AppendFormatted(string? text) => _markup.Append(WebUtility.HtmlEncode(text));

    /// <summary>A number or the like, in the invariant culture.</summary>
    public void AppendFormatted<T>(T value) where T : struct, IFormattable => AppendFormatted(value, null);

    /// <summary>The same in a format.</summary>
    public void AppendFormatted<T>(T value, string? format) where T : struct, IFormattable =>
        AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override string ToString() => _markup.ToString();
}
