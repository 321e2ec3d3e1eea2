namespace MmDiffusion.Checkpoints;

/// <summary>
/// What becomes of everything that a checkpoint's pickle names. Tensors are built by functions of ours; objects of any class are kept by
/// name and never made; functions that are not known, and everything that runs programs or code, is refused by name.
/// </summary>
internal sealed class PickleGlobals
{
    private const int LargestRank = 64;
    private const int LongestName = 1000;

    private const string Remedy =
        "nothing of it was run; get the weights as safetensors, or where the file is to be trusted load it "
        + "in PyTorch and save its state_dict alone";

    /// <summary>Modules of Python and of packages whose names can run code, and everything below them.</summary>
    private static readonly HashSet<string> Dangerous = new(
        """
        __builtin__ __main__.__builtins__ _ctypes _frozen_importlib _frozen_importlib_external _io _operator _osx_support _pickle
        _posixsubprocess _thread aiohttp asyncio bdb builtins cPickle cProfile cloudpickle code codeop commands compileall concurrent
        ctypes dill distutils doctest ensurepip ftplib gc http httplib httpx idlelib imaplib imp importlib inspect io joblib jsonpickle
        lib2to3 linecache marshal multiprocessing nt numpy.f2py numpy.lib numpy.load numpy.testing operator os pandas.eval
        pandas.read_pickle paramiko pdb pexpect pickle pickletools pip pkg_resources pkgutil platform popen2 posix pty pydoc requests
        runpy setuptools shelve shutil signal smtplib socket socketserver sqlite3 ssl subprocess sys telnetlib tempfile threading timeit
        torch._dynamo torch._inductor torch.classes torch.compile torch.hub torch.jit torch.load torch.ops torch.package torch.save
        torch.serialization.load torch.storage._load_from_bytes torch.utils.bottleneck torch.utils.collect_env torch.utils.cpp_extension
        torch.utils.model_zoo types unittest urllib urllib2 urllib3 venv webbrowser xmlrpc zipimport
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <summary>Functions, and classes in small letters, that make plain values.</summary>
    private static readonly HashSet<string> Harmless = new(
        """
        _codecs.encode array._array_reconstructor array.array collections.deque copy_reg.__newobj__ copyreg.__newobj__ datetime.date
        datetime.datetime datetime.time datetime.timedelta datetime.timezone functools.partial itertools.count logging.getLogger
        numpy._core.multiarray._reconstruct numpy._core.multiarray.scalar numpy._core.numeric._frombuffer
        numpy.core.multiarray._reconstruct numpy.core.multiarray.scalar numpy.core.numeric._frombuffer numpy.dtype
        numpy.ma.core._mareconstruct numpy.ndarray numpy.random._pickle.__bit_generator_ctor numpy.random._pickle.__generator_ctor
        numpy.random._pickle.__randomstate_ctor random.Random re._compile torch.device torch.serialization._get_layout
        types.MappingProxyType types.SimpleNamespace zoneinfo.ZoneInfo._unpickle
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    private static readonly string[] BuiltIns =
        [
            "bool", "bytearray", "bytes", "complex", "float", "frozenset", "int", "list", "long", "object", "range", "set", "slice", "str",
            "tuple", "unicode", "xrange",
        ];

    private static readonly string[] NumberTypes =
        ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64", "complex128"];

    private static readonly Dictionary<string, PickleGlobal> Known = MakeKnown();

    private readonly Dictionary<(string, string), PickleGlobal> _found = [];

    /// <summary>What a name stands for.</summary>
    /// <exception cref="PickleException">It could run code.</exception>
    internal PickleGlobal Find(string module, string name)
    {
        if (module.Length + name.Length > LongestName)
            throw new PickleException($"names something with {module.Length + name.Length} characters");
        if (_found.TryGetValue((module, name), out var found)) return found;
        var full = $"{module}.{name}";
        if (Known.TryGetValue(full, out var known)) return known;
        if (!Harmless.Contains(full) && CanRunCode(full)) throw Refuse(module, name);
        // By Python's custom a class begins with a capital letter; a function that is not known could do anything.
        var isClass = Harmless.Contains(full)
            || (full[(full.LastIndexOf('.') + 1)..].TrimStart('_') is [var first, ..] && char.IsUpper(first));
        return _found[(module, name)] = new PickleGlobal(full, isClass ? arguments => Made(full, arguments) : null);
    }

    /// <summary>Stands for the call of a function or a class.</summary>
    /// <exception cref="PickleException">It is not known what it would do.</exception>
    internal static object? Call(PickleGlobal function, object?[] arguments)
    {
        if (function.Build is { } build) return build(arguments);
        throw Known.ContainsKey(function.Name)
            ? new PickleException($"calls '{function.Name}', which is no function")
            : new PickleException($"calls '{function.Name}', which weights do not need and which could run code; {Remedy}");
    }

    /// <summary>Stands for a new object of a class: no method of it would be run but those that fill it.</summary>
    internal static object? New(PickleGlobal type, object?[] arguments) => (type.Build ?? (given => Made(type.Name, given)))(arguments);

    internal static PickleException Refuse(string module, string name) =>
        new($"names '{module}.{name}', which weights do not need and which could run code; {Remedy}");

    private static Dictionary<string, PickleGlobal> MakeKnown()
    {
        var known = new Dictionary<string, PickleGlobal>(StringComparer.Ordinal);
        Add("collections.OrderedDict", Filled);
        Add("collections.defaultdict", _ => new PickleDictionary());
        Add("torch.Size", arguments => At<PickleTuple>(arguments, 0, "a tuple"));
        Add("torch._utils._rebuild_tensor", RebuildTensor);
        Add("torch._utils._rebuild_tensor_v2", RebuildTensor);
        Add("torch._utils._rebuild_tensor_v3", RebuildTypedTensor);
        Add("torch._utils._rebuild_parameter", FirstTensor);
        Add("torch._utils._rebuild_parameter_with_state", FirstTensor);
        Add("torch._utils._rebuild_sparse_tensor", _ => new UnreadableTensor("is sparse; store it with to_dense()"));
        Add(
            "torch._utils._rebuild_meta_tensor_no_storage",
            _ => new UnreadableTensor("has no values, as it was saved from the meta device"));
        Add("torch._utils._rebuild_qtensor", _ => new UnreadableTensor("is quantised; store it with dequantize()"));
        Add("torch._utils._rebuild_nested_tensor", _ => new UnreadableTensor("is a nested tensor; store its parts"));
        foreach (var rebuild in new[]
        {
            "_rebuild_device_tensor_from_numpy",
            "_rebuild_device_tensor_from_cpu_tensor",
            "_rebuild_xla_tensor",
            "_rebuild_wrapper_subclass",
        })
            Add($"torch._utils.{rebuild}", _ =>
                new UnreadableTensor("is of a device or kind that is not read; store it with detach().cpu()"));
        Add("torch._tensor._rebuild_from_type", RebuildOfType);
        Add("torch._tensor._rebuild_from_type_v2", RebuildOfType);
        foreach (var type in new[] { "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.nn.Parameter", "torch.nn.Buffer" })
            Add(type, FirstTensor);
        foreach (var storage in ElementTypes.Storages) Add($"torch.{storage}", null);
        foreach (var type in NumberTypes) Add($"torch.{type}", null);
        foreach (var module in new[] { "builtins", "__builtin__" })
        {
            Add($"{module}.dict", Filled);
            foreach (var name in BuiltIns) Add($"{module}.{name}", arguments => Made(name, arguments));
        }
        foreach (var module in new[] { "copyreg", "copy_reg" }) Add($"{module}._reconstructor", Reconstruct);
        return known;

        void Add(string name, Func<object?[], object?>? build) => known[name] = new PickleGlobal(name, build);
    }

    /// <summary>Whether a name, or one that it lies below, is dangerous, or it reaches into Python's own attributes.</summary>
    private static bool CanRunCode(string full)
    {
        if (full.Split('.')
            .Skip(1)
            .Any(part => part.StartsWith("__", StringComparison.Ordinal) && part.EndsWith("__", StringComparison.Ordinal)))
            return true;
        for (var end = full.Length; end > 0; end = full.LastIndexOf('.', end - 1))
            if (Dangerous.Contains(full[..end])) return true;
        return false;
    }

    /// <summary>An object with those of its arguments that may hold weights.</summary>
    private static PickleObject Made(string type, object?[] arguments)
    {
        var made = new PickleObject(type);
        foreach (var (index, argument) in arguments.Index())
            if (argument is PickleDictionary or List<object?> or PickleTuple or TensorReference) made.Set((long)index, argument);
        return made;
    }

    /// <summary>(class, base, state): where the base is a dict, the state is its items.</summary>
    private static PickleObject Reconstruct(object?[] arguments)
    {
        var made = new PickleObject(At<PickleGlobal>(arguments, 0, "a class").Name);
        if (arguments is [_, _, PickleDictionary items, ..]) made.Add(items);
        return made;
    }

    /// <summary>A dict, empty, from pairs or from another.</summary>
    private static PickleDictionary Filled(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments.Length == 0) return dictionary;
        if (arguments[0] is PickleDictionary other)
        {
            dictionary.Add(other);
            return dictionary;
        }
        foreach (var item in At<List<object?>>(arguments, 0, "a list of pairs"))
        {
            switch (item)
            {
                case PickleTuple { Items: [var key, var value] }: dictionary.Set(key, value); break;
                case List<object?> and [var key, var value]: dictionary.Set(key, value); break;
                default: throw new PickleException("has something else where a pair belongs");
            }
        }
        return dictionary;
    }

    /// <summary>(storage, offset, shape, strides, requires gradient, hooks, …, flags)</summary>
    private static object RebuildTensor(object?[] arguments) =>
        arguments.Length > 6 && arguments[6] is PickleDictionary { Named.Count: > 0 }
        ? new UnreadableTensor("is a conjugate or negative view; store it with resolve_conj() and resolve_neg()")
        : Reference(At<StorageReference>(arguments, 0, "a storage"), arguments);

    /// <summary>(storage of bytes, offset, shape, strides, requires gradient, hooks, type, …)</summary>
    private static object RebuildTypedTensor(object?[] arguments)
    {
        var storage = At<StorageReference>(arguments, 0, "a storage");
        var name = At<PickleGlobal>(arguments, 6, "a type").Name.Split('.')[^1];
        if (ElementTypes.OfTorch(name) is not { } type) return Reference(storage with { Type = null, TypeName = name }, arguments);
        // In bytes, or of a type already.
        var elements = storage.Type is null ? storage.Elements / ElementTypes.Size(type) : storage.Elements;
        return Reference(storage with { Type = type, Elements = elements }, arguments);
    }

    private static object Reference(StorageReference storage, object?[] arguments)
    {
        var tensor = new TensorReference(storage, At<long>(arguments, 1, "an offset"), Numbers(arguments, 2), Numbers(arguments, 3));
        if (storage.Type is null)
            return new UnreadableTensor($"is stored as {storage.TypeName}, which is not read; convert it to float16, bfloat16 or float32");
        tensor.Validate();
        return tensor;
    }

    /// <summary>(function, type, arguments of the function, attributes)</summary>
    private static object? RebuildOfType(object?[] arguments)
    {
        var made = Call(At<PickleGlobal>(arguments, 0, "a function"), At<PickleTuple>(arguments, 2, "a tuple of arguments").Items);
        return made is TensorReference or UnreadableTensor ? made : new PickleObject("tensor");
    }

    private static object FirstTensor(object?[] arguments) => arguments is [TensorReference or UnreadableTensor, ..]
        ? arguments[0]!
        : throw new PickleException("has something else where a tensor belongs");

    private static long[] Numbers(object?[] arguments, int index)
    {
        var items = At<PickleTuple>(arguments, index, "a tuple").Items;
        if (items.Length > LargestRank)
            throw new PickleException($"has a tensor of {items.Length} dimensions, expected at most {LargestRank}");
        return [.. items.Select(item => item is long number
            ? number
            : throw new PickleException("has something else where a whole number belongs"))];
    }

    private static T At<T>(object?[] arguments, int index, string expected) =>
        index < arguments.Length && arguments[index] is T value
            ? value
            : throw new PickleException($"has something else where {expected} belongs");
}
