using System.Globalization;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Figures as people read them: four digits that matter, never a power of ten.</summary>
public static class ReportNumber
{
    /// <summary>A figure in words of digits, the same in tables and pages.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        var size = Math.Abs(value);
        var decimals = size switch { >= 1000 => 0, >= 100 => 1, >= 10 => 2, >= 0.001 or 0 => 3, >= 0.0001 => 5, _ => 7 };
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture) is var text && text.Trim('-', '0', '.').Length == 0 ? "0" : text;
    }
}
