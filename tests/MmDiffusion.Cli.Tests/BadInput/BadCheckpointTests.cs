using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MmDiffusion.Cli.Tests.BadInput;

/// <summary>Checkpoints that are damaged, or mean harm.</summary>
[Trait("group", "unit")]
public sealed class BadCheckpointTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_pickle_that_runs_a_command_is_refused_by_name_and_not_run()
    {
        var proof = _folder["proof"];
        var command = Encoding.UTF8.GetBytes($"touch {proof}");
        byte[] pickle = [0x80, 2, .. "cos\nsystem\n"u8, (byte)'(', (byte)'X', .. BitConverter.GetBytes(command.Length), .. command, (byte)'t', (byte)'R', (byte)'.'];
        using (var archive = ZipFile.Open(_folder["evil.pt"], ZipArchiveMode.Create))
        using (var stream = archive.CreateEntry("archive/data.pkl").Open())
            stream.Write(pickle);
        Fails("evil.pt", "'os.system'");
        Assert.False(File.Exists(proof));
    }

    [Fact]
    public void A_header_that_claims_2_to_the_40_bytes()
    {
        var file = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(file, 1UL << 40);
        file[8] = (byte)'{';
        File.WriteAllBytes(_folder["huge.safetensors"], file);
        Fails("huge.safetensors", "1099511627776");
    }

    [Fact]
    public void Tensors_that_overlap()
    {
        var header = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"""u8;
        File.WriteAllBytes(_folder["overlap.safetensors"], [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. new byte[12]]);
        Fails("overlap.safetensors", "'b'");
    }

    [Fact]
    public void A_file_that_is_no_checkpoint()
    {
        File.WriteAllText(_folder["notes.pt"], "these are not the weights you are looking for");
        Fails("notes.pt", "notes.pt");
    }

    [Fact]
    public void An_empty_file()
    {
        File.WriteAllBytes(_folder["empty.pt"], []);
        Fails("empty.pt", "empty.pt");
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _folder.Dispose();
    }

    private void Fails(string file, string said)
    {
        foreach (var arguments in new[] { new[] { "checkpoint", "info", _folder[file] }, ["checkpoint", "import", _folder[file], "--preset", "landscape", "--output", _folder["model"]] })
        {
            using var terminal = new TestTerminal();
            Assert.Equal(ExitCode.Failure, terminal.Run(arguments));
            Assert.Empty(terminal.Output);
            Assert.Contains(said, Assert.Single(terminal.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder["model"]));
        }
    }
}
