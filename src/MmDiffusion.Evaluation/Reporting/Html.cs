using System.Globalization;
using System.Net;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>A piece of a page that is markup already.</summary>
internal sealed class Html
{
    private readonly string _markup;

    private Html(string markup) => _markup = markup;

    internal static Html Empty { get; } = new("");

    /// <summary>Markup of ours; texts in its holes are escaped, pieces of a page are not.</summary>
    internal static Html Of(FormattableString markup) => new(markup.ToString(Holes.Filler));

    /// <summary>Text that is markup, or a style sheet, already.</summary>
    internal static Html Raw(string markup) => new(markup);

    public override string ToString() => _markup;

    private sealed class Holes : IFormatProvider, ICustomFormatter
    {
        internal static Holes Filler { get; } = new();

        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

        public string Format(string? format, object? arg, IFormatProvider? formatProvider) => arg switch
        {
            Html html => html._markup,
            IEnumerable<Html> pieces => string.Concat(pieces),
            IFormattable value => WebUtility.HtmlEncode(value.ToString(format, CultureInfo.InvariantCulture)),
            _ => WebUtility.HtmlEncode(arg?.ToString()) ?? "",
        };
    }
}
