using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>
/// A method by what a caller names: type and name, then what it takes and gives. Generic types are named without their arguments.
/// </summary>
internal sealed record NamedMethod(string Type, string Name, string Parameters, string Returns);

/// <summary>A method that an assembly defines.</summary>
/// <param name="Method">Its name.</param>
/// <param name="IsVirtual">Whether callers may reach it by a base type.</param>
/// <param name="Calls">The methods that its instructions name, in their order.</param>
internal sealed record DefinedMethod(NamedMethod Method, bool IsVirtual, IReadOnlyList<NamedMethod> Calls);

/// <summary>The methods of an assembly and whom they call. Reads the metadata, so that nothing is loaded or run.</summary>
internal sealed class MethodCalls : ISignatureTypeProvider<string, object?>
{
    private readonly PEReader _file;
    private readonly MetadataReader _reader;

    private MethodCalls(PEReader file)
    {
        _file = file;
        _reader = file.GetMetadataReader();
    }

    /// <summary>Reads every method of an assembly, and the base type of every type that it defines.</summary>
    internal static (IReadOnlyList<DefinedMethod> Methods, IReadOnlyDictionary<string, string> Bases) Read(string assemblyPath)
    {
        using var file = new PEReader(File.OpenRead(assemblyPath));
        var calls = new MethodCalls(file);
        var reader = calls._reader;
        var bases = reader.TypeDefinitions.ToDictionary(
            handle => calls.GetTypeFromDefinition(reader, handle, 0), handle => calls.TypeName(reader.GetTypeDefinition(handle).BaseType));
        return ([.. reader.MethodDefinitions.Select(calls.Define)], bases);
    }

    private DefinedMethod Define(MethodDefinitionHandle handle)
    {
        var method = _reader.GetMethodDefinition(handle);
        IReadOnlyList<EntityHandle> named = method.RelativeVirtualAddress == 0
            ? []
            : Instructions.NamedBy(_file.GetMethodBody(method.RelativeVirtualAddress).GetILReader());
        var isVirtual = method.Attributes.HasFlag(MethodAttributes.Virtual);
        return new DefinedMethod(Name(handle)!, isVirtual, [.. named.Select(Name).OfType<NamedMethod>()]);
    }

    /// <summary>A method's name; null for what is none.</summary>
    private NamedMethod? Name(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodDefinition:
                var defined = _reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                return Name(TypeName(defined.GetDeclaringType()), defined.Name, defined.DecodeSignature(this, null));
            case HandleKind.MemberReference:
                var member = _reader.GetMemberReference((MemberReferenceHandle)handle);
                if (member.GetKind() != MemberReferenceKind.Method) return null;
                return Name(TypeName(member.Parent), member.Name, member.DecodeMethodSignature(this, null));
            case HandleKind.MethodSpecification: return Name(_reader.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            default: return null;
        }
    }

    private NamedMethod Name(string type, StringHandle name, MethodSignature<string> signature) =>
        new(type, _reader.GetString(name), string.Join(", ", signature.ParameterTypes), signature.ReturnType);

    private string TypeName(EntityHandle handle) => handle.IsNil ? "" : handle.Kind switch
    {
        HandleKind.TypeDefinition => GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeReference => GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0),
        HandleKind.TypeSpecification => GetTypeFromSpecification(_reader, null, (TypeSpecificationHandle)handle, 0),
        HandleKind.MethodDefinition => TypeName(_reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()),
        _ => "",
    };

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeDefinition(handle);
        var outer = type.GetDeclaringType();
        return Join(outer.IsNil ? reader.GetString(type.Namespace) : GetTypeFromDefinition(reader, outer, 0), reader.GetString(type.Name));
    }

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeReference(handle);
        var outer = type.ResolutionScope.Kind == HandleKind.TypeReference
            ? GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)
            : reader.GetString(type.Namespace);
        return Join(outer, reader.GetString(type.Name));
    }

    public string GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{shape.Rank}]";

    public string GetByReferenceType(string elementType) => $"{elementType}&";

    public string GetFunctionPointerType(MethodSignature<string> signature) => "*";

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => genericType;

    public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

    public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetPinnedType(string elementType) => elementType;

    public string GetPointerType(string elementType) => $"{elementType}*";

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

    public string GetSZArrayType(string elementType) => $"{elementType}[]";

    private static string Join(string outer, string name) => outer.Length == 0 ? name : $"{outer}.{name}";
}
