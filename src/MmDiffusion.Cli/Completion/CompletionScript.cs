namespace MmDiffusion.Cli.Completion;

/// <summary>
/// Scripts that answer the Tab key. Each asks the program itself, through its <c>[suggest:POSITION]</c> directive, under the name it
/// was typed with, so that <c>./mmdiff</c> and <c>mmdiff</c> complete alike; without an answer, files are offered.
/// </summary>
internal static class CompletionScript
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _mmdiff() {
                local program=${COMP_WORDS[0]} line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]}
                line="mmdiff${line#"$program"}"
                mapfile -t COMPREPLY < <(compgen -W "$("${program/#\~/$HOME}" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word")
            }
            complete -o default -F _mmdiff mmdiff
            """,
        ["zsh"] = """
            _mmdiff() {
                local program=${words[1]} line="mmdiff${LBUFFER#${words[1]}}"
                local -a found
                found=("${(@f)$("${program/#\~/$HOME}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
                if [[ -n "${found[*]}" ]]; then compadd -a found; else _files; fi
            }
            compdef _mmdiff mmdiff
            """,
        ["fish"] = """
            function __mmdiff_complete
                set -l words (commandline -opc)
                set -l line (string join ' ' mmdiff $words[2..-1] (commandline -ct))
                set -l program (string escape -- $words[1] | string replace -r '^\\\\?~' $HOME)
                eval $program '"[suggest:'(string length -- $line)']"' (string escape -- $line) 2>/dev/null
            end
            complete -c mmdiff -a '(__mmdiff_complete)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName mmdiff -ScriptBlock {
                param($word, $tree, $position)
                $program = $tree.CommandElements[0].ToString()
                $line = $tree.ToString()
                if ($line.Length -lt $position) { $line = $line.PadRight($position) } else { $line = $line.Substring(0, $position) }
                $line = 'mmdiff' + $line.Substring($program.Length)
                & $program "[suggest:$($line.Length)]" $line 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    /// <summary>The shells there is a script for.</summary>
    internal static IReadOnlyCollection<string> Shells => Scripts.Keys;

    /// <summary>The script of one of <see cref="Shells"/>.</summary>
    internal static string For(string shell) => Scripts[shell];
}
