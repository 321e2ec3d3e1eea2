using System.Diagnostics;
using MmDiffusion.Cli.Tests.Processes;

namespace MmDiffusion.Cli.Tests.Scripts;

/// <summary>
/// A small checkout with the real scripts, in which dotnet and apt-get are stand-ins that note how they were called. On its search
/// path there is nothing else but the few tools that the scripts use.
/// </summary>
internal sealed class ScriptSandbox : IDisposable
{
    private static readonly string[] Tools =
        [
            "bash", "env", "readlink", "dirname", "basename", "find", "flock", "grep", "cut", "sort", "tr", "awk", "mktemp", "rm", "cat",
            "touch", "mkdir", "sleep", "nproc", "chmod",
        ];

    private readonly TemporaryFolder _folder = new();

    internal ScriptSandbox()
    {
        foreach (var file in new[] { "mmdiff", "test", ".ci/run", "eng/common.sh", "eng/results.sh", "global.json" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(this[file])!);
            File.Copy(Path.Combine(Checkout.Root, file), this[file]);
        }
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write("packaging/Backend/build/some.targets", "<Project />");
        Write("src/MmDiffusion.Cli/Program.cs", "// source");
        foreach (var tool in Tools)
        {
            var found = Environment.GetEnvironmentVariable("PATH")!
                .Split(':')
                .Select(folder => Path.Combine(folder, tool))
                .FirstOrDefault(File.Exists);
            if (found is not null) Link($"path/{tool}", found);
        }
        AddTool("ffmpeg", "exit 0");
        AddTool("mpirun", "exit 0");
        AddTool("chromium", "exit 0");
        AddTool("pg_ctlcluster", "exit 0");
        AddTool("sudo", "[ \"$1\" = -n ] && shift; exec \"$@\"");
        AddTool("dotnet", """
            echo "dotnet $1" >> calls
            case $1 in
            --version) echo 10.0.100 ;;
            format) cat formatting 2>/dev/null && exit 2; exit 0 ;;
            build)
                cat broken 2>/dev/null && exit 1
                sleep 0.3
                rm -rf src/MmDiffusion.Cli/bin/Release/net10.0
                mkdir -p src/MmDiffusion.Cli/bin/Release/net10.0
                touch src/MmDiffusion.Cli/bin/Release/net10.0/mmdiff.dll src/MmDiffusion.Cli/bin/Release/net10.0/TorchSharp.dll ;;
            */mmdiff.dll) shift; echo "ran $*${DOTNET_TieredCompilation:+ with tiers $DOTNET_TieredCompilation}" ;;
            *) # A test project: its results and exit code are prepared beside it.
                project=${1%/bin/*}
                while [ $# -gt 0 ]; do
                    [ "$1" = -trait ] && echo "trait $2" >> calls
                    [ "$1" = -trait- ] && echo "without $2" >> calls
                    [ "$1" = -result-xml ] && [ -f "$project/results.xml" ] && cat "$project/results.xml" > "$2"
                    shift
                done
                echo "log of $project"
                exit "$(cat "$project/status" 2>/dev/null || echo 0)" ;;
            esac
            """);
    }

    /// <summary>A path in the checkout.</summary>
    internal string this[string name] => _folder[name];

    /// <summary>How the stand-ins were called, one line each.</summary>
    internal string[] Calls => File.Exists(this["calls"]) ? File.ReadAllLines(this["calls"]) : [];

    /// <summary>Writes a new file: where a link stands, the link is replaced, and what it points to stays as it is.</summary>
    internal void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.Delete(this[name]);
        File.WriteAllText(this[name], content);
    }

    internal void Link(string name, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.CreateSymbolicLink(this[name], target);
    }

    /// <summary>Puts a shell script on the search path; it runs in the checkout.</summary>
    internal void AddTool(string name, string script)
    {
        if (Tools.Contains(name)) throw new ArgumentException($"'{name}' is a link to the system's own tool and stays one", nameof(name));
        Write($"path/{name}", $"#!{this["path/bash"]}\ncd '{_folder.Path}'\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(this[$"path/{name}"], (UnixFileMode)0b111_101_101);
    }

    internal void RemoveTool(string name) => File.Delete(this[$"path/{name}"]);

    /// <summary>Runs a script of the checkout from another folder.</summary>
    internal (int ExitCode, string Output, string Error) Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(this[script], arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["PATH"] = this["path"];
        start.Environment["HOME"] = _folder.Path;
        start.Environment["TMPDIR"] = Directory.CreateDirectory(this["tmp"]).FullName;
        start.Environment.Remove("DOTNET_ROOT");
        return BuiltProgram.Run(start);
    }

    public void Dispose() => _folder.Dispose();
}
