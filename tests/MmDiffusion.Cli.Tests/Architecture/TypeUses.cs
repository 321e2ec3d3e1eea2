using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>
/// Which namespaces each type of an assembly uses: in its base types, fields, signatures, attributes and the instructions of its methods.
/// Reads the metadata, so that nothing is loaded or run. Of the type System.Console the full name counts as a namespace.
/// </summary>
internal sealed class TypeUses
{
    private readonly MetadataReader _reader;
    private readonly PEReader _file;
    private readonly NamespaceCollector _collector;

    private TypeUses(PEReader file)
    {
        _file = file;
        _reader = file.GetMetadataReader();
        _collector = new NamespaceCollector(_reader);
    }

    /// <summary>Every pair of a type's full name and a namespace that it uses, once.</summary>
    internal static IReadOnlyList<(string Namespace, string Used)> Of(string assemblyPath)
    {
        using var file = new PEReader(File.OpenRead(assemblyPath));
        var uses = new TypeUses(file);
        return [.. uses._reader.TypeDefinitions.SelectMany(uses.Uses).Distinct()];
    }

    private IEnumerable<(string Namespace, string Used)> Uses(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        var own = _collector.NamespaceOf(handle);
        _collector.Start();
        Handle(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations()) Handle(_reader.GetInterfaceImplementation(implemented).Interface);
        foreach (var constraint in type.GetGenericParameters().SelectMany(parameter =>
            _reader.GetGenericParameter(parameter).GetConstraints()))
            Handle(_reader.GetGenericParameterConstraint(constraint).Type);
        foreach (var field in type.GetFields()) _reader.GetFieldDefinition(field).DecodeSignature(_collector, null);
        foreach (var attribute in type.GetCustomAttributes()) Handle(_reader.GetCustomAttribute(attribute).Constructor);
        foreach (var method in type.GetMethods()) Method(_reader.GetMethodDefinition(method));
        return [.. _collector.Found.Select(used => (own, used))];
    }

    private void Method(MethodDefinition method)
    {
        method.DecodeSignature(_collector, null);
        if (method.RelativeVirtualAddress == 0) return;
        var body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil) _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_collector, null);
        foreach (var region in body.ExceptionRegions) Handle(region.CatchType);
        foreach (var named in Instructions.NamedBy(body.GetILReader())) Handle(named);
    }

    private void Handle(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeReference: _collector.GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0); break;
            case HandleKind.TypeDefinition: _collector.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0); break;
            case HandleKind.TypeSpecification:
                _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_collector, null);
                break;
            case HandleKind.MemberReference: Member(_reader.GetMemberReference((MemberReferenceHandle)handle)); break;
            case HandleKind.MethodDefinition: Handle(_reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()); break;
            case HandleKind.FieldDefinition: Handle(_reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()); break;
            case HandleKind.MethodSpecification:
                var method = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                Handle(method.Method);
                method.DecodeSignature(_collector, null);
                break;
        }
    }

    private void Member(MemberReference member)
    {
        Handle(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Method) member.DecodeMethodSignature(_collector, null);
        else member.DecodeFieldSignature(_collector, null);
    }
}
