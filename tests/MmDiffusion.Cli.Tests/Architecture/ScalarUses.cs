using System.Text.RegularExpressions;

namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>
/// Where an assembly passes numbers to libtorch in TorchSharp's own way, by a Scalar that may be finalised during the call, instead of by
/// TensorArithmetic. What of TorchSharp makes scalars by itself is read from TorchSharp: so do its operators and the sum of two tensors.
/// </summary>
internal static partial class ScalarUses
{
    private const string Scalar = "TorchSharp.Scalar";
    private const string Guard = "MmDiffusion.Kernels.TensorArithmetic";
    private const string Number = "MmDiffusion.Kernels.Number";

    /// <summary>Makes scalars of arguments that are numbers, and of results that are; scripts of ours take and give tensors.</summary>
    private const string Scripts = "TorchSharp.torch.jit.";

    /// <summary>What to call, by the name of TorchSharp's.</summary>
    private static readonly Dictionary<string, string> Instead = new(StringComparer.Ordinal)
    {
        ["op_Addition"] = "Plus",
        ["op_Subtraction"] = "Minus or SubtractedFrom",
        ["op_Multiply"] = "Times",
        ["op_Division"] = "DividedBy, or reciprocal and Times",
        ["op_Equality"] = "EqualTo",
        ["op_LessThan"] = "LessThan",
        ["op_LessThanOrEqual"] = "AtMost",
        ["op_GreaterThan"] = "GreaterThan",
        ["op_GreaterThanOrEqual"] = "AtLeast",
        ["add"] = "Plus",
        ["add_"] = "AddInPlace",
        ["addcdiv_"] = "AddQuotientInPlace",
        ["addcmul"] = "PlusProduct",
        ["addcmul_"] = "AddProductInPlace",
        ["arange"] = "Range",
        ["clamp"] = "Clamped",
        ["clamp_"] = "ClampInPlace",
        ["clamp_max"] = "Clamped",
        ["clamp_min"] = "Clamped",
        ["div"] = "DividedBy",
        ["div_"] = "DivideInPlace",
        ["eq"] = "EqualTo",
        ["fill_"] = "FillInPlace",
        ["full"] = "Full",
        ["ge"] = "AtLeast",
        ["gt"] = "GreaterThan",
        ["le"] = "AtMost",
        ["lt"] = "LessThan",
        ["masked_fill"] = "MaskedFill",
        ["mul"] = "Times",
        ["mul_"] = "MultiplyInPlace",
        ["pow"] = "Power",
        ["square"] = "Squared",
        ["sub"] = "Minus",
        ["sub_"] = "SubtractInPlace",
    };

    private static readonly Lazy<(HashSet<NamedMethod> Methods, HashSet<string> Types)> Makers = new(FindMakers);

    /// <summary>A sentence for each use outside of the guarded way: the method, what it calls, and what to call instead.</summary>
    /// <param name="assemblyPath">The assembly.</param>
    /// <param name="guard">The type that holds scalars: its methods dispose each that they make, its fields keep theirs.</param>
    internal static IReadOnlyList<string> Of(string assemblyPath, string guard = Guard) =>
        [.. MethodCalls.Read(assemblyPath).Methods
            .SelectMany(method => Uses(method, guard).Select(use => $"{Readable(method.Method)} {use}")).Distinct()];

    private static IEnumerable<string> Uses(DefinedMethod method, string guard)
    {
        if (method.Method.Type == Number) yield break;
        var guarded = method.Method.Type == guard;
        var (pending, held, disposed) = (false, 0, 0);
        foreach (var called in method.Calls)
        {
            // The guard makes scalars where it says so; it may overlook one like everybody else.
            if (MakesScalar(called) && guarded && called.Name == "ToScalar")
                held++;
            else if (MakesScalar(called))
                pending = true;
            else if (called.Name == "Dispose")
                disposed++;
            else if (Makers.Value.Methods.Contains(called))
                yield return $"calls {Readable(called)}, which makes a Scalar that nothing holds: {Remedy(called)}";
            else if (Makers.Value.Types.Contains(Given(called)))
                yield return $"makes a {Last(Given(called))}, whose methods make Scalars that nothing holds: write one by {Last(Guard)}";
            if (!pending || !called.Parameters.Contains(Scalar, StringComparison.Ordinal)) continue;
            pending = false;
            yield return $"makes a Scalar for {Readable(called)} that nothing holds: {Remedy(called)}";
        }
        if (pending) yield return $"makes a Scalar that nothing holds: {Remedy(null)}";
        if (held > disposed && method.Method.Name != ".cctor") yield return "does not dispose each Scalar after the call that it is for";
    }

    private static bool MakesScalar(NamedMethod called) => Given(called) == Scalar;

    /// <summary>The type of what a call gives.</summary>
    private static string Given(NamedMethod called) => called.Name == ".ctor" ? called.Type : called.Returns;

    /// <summary>
    /// The methods of TorchSharp that make scalars, themselves or by others; and the types that do so in a method that callers reach by a
    /// base type, such as the forward pass of a module.
    /// </summary>
    private static (HashSet<NamedMethod> Methods, HashSet<string> Types) FindMakers()
    {
        var (all, bases) = MethodCalls.Read(typeof(TorchSharp.torch).Assembly.Location);
        var others = all
            .Where(method => !method.Method.Type.StartsWith(Scripts, StringComparison.Ordinal) && !MakesScalar(method.Method)).ToList();
        var makers = new HashSet<NamedMethod>();
        bool Makes(DefinedMethod method) =>
            method.Calls.Any(called => MakesScalar(called) || makers.Contains(called)) && makers.Add(method.Method);
        while (others.RemoveAll(Makes) > 0)
        {
        }
        var types = makers.Intersect(all.Where(method => method.IsVirtual).Select(method => method.Method)).Select(method => method.Type)
            .ToHashSet(StringComparer.Ordinal);
        while (bases.Any(pair => types.Contains(pair.Value) && types.Add(pair.Key)))
        {
        }
        return (makers, types);
    }

    private static string Remedy(NamedMethod? called) =>
        called is not null && Instead.TryGetValue(called.Name, out var name)
            ? $"use {Last(Guard)}.{name}"
            : $"add what is needed to {Last(Guard)}";

    /// <summary>Type and method; those that the compiler made of lambdas count as the method around them.</summary>
    private static string Readable(NamedMethod method)
    {
        var around = Around().Match($"{method.Type}.{method.Name}");
        return around.Success ? $"{Last(around.Groups[1].Value)}.{around.Groups[2].Value}" : $"{Last(method.Type)}.{method.Name}";
    }

    private static string Last(string type) => type[(type.LastIndexOf('.') + 1)..];

    [GeneratedRegex(@"^(.*?)\.(?:<>.*?\.)?<(\w+)>")]
    private static partial Regex Around();
}
