# shellcheck shell=bash
# Reads the result files of the test runner (xunit's XML).

# result_count FILE ATTRIBUTE: the number in the element of the one assembly; fails where the file is absent or broken off.
result_count() {
    [[ -f $1 ]] && grep -q '</assemblies>' "$1" || return 1
    awk -v RS='<' -v attribute="$2" '
        $1 == "assembly" && match($0, " " attribute "=\"[0-9]+\"") {
            split(substr($0, RSTART, RLENGTH), part, "\"")
            print part[2]
            found = 1
        }
        END { exit !found }' "$1"
}

# result_skips FILE: a line for each skipped test, name and reason.
result_skips() {
    awk -v RS='<' '
        function plain(text) {
            gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;|&#39;/, "\047", text)
            gsub(/\\"/, "\"", text); gsub(/&amp;/, "\\&", text); gsub(/[ \t\r\n]+$/, "", text)
            return text
        }
        $1 == "test" { name = match($0, / name="[^"]*"/) ? substr($0, RSTART + 7, RLENGTH - 8) : "" }
        /^reason>/ { printf "  %s: %s\n", plain(name), plain(substr($0, 8)) }' "$1"
}
