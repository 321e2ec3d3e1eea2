using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>Notes the namespace of every type that a signature names.</summary>
internal sealed class NamespaceCollector(MetadataReader reader) : ISignatureTypeProvider<bool, object?>
{
    private HashSet<string> _found = [];

    /// <summary>What was named since <see cref="Start"/>.</summary>
    internal IReadOnlyCollection<string> Found => _found;

    internal void Start() => _found = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Nested types have no namespace of their own: theirs is that of the outermost.</summary>
    internal string NamespaceOf(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        return type.GetDeclaringType() is { IsNil: false } outer ? NamespaceOf(outer) : reader.GetString(type.Namespace);
    }

    public bool GetTypeFromDefinition(MetadataReader _, TypeDefinitionHandle handle, byte rawTypeKind) => _found.Add(NamespaceOf(handle));

    public bool GetTypeFromReference(MetadataReader _, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeReference(handle);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0);
        var (space, name) = (reader.GetString(type.Namespace), reader.GetString(type.Name));
        return _found.Add((space, name) == ("System", "Console") ? "System.Console" : space);
    }

    public bool GetTypeFromSpecification(MetadataReader _, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, context);

    // Composed types: their parts have been noted by the time these are called.
    public bool GetArrayType(bool elementType, ArrayShape shape) => true;

    public bool GetByReferenceType(bool elementType) => true;

    public bool GetFunctionPointerType(MethodSignature<bool> signature) => true;

    public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => true;

    public bool GetGenericMethodParameter(object? genericContext, int index) => true;

    public bool GetGenericTypeParameter(object? genericContext, int index) => true;

    public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => true;

    public bool GetPinnedType(bool elementType) => true;

    public bool GetPointerType(bool elementType) => true;

    public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => true;

    public bool GetSZArrayType(bool elementType) => true;
}
