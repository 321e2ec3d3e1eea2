using System.Net;
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
