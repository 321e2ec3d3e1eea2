# shellcheck shell=bash
# What the scripts share. The one who sources this has set root (the checkout) and me (the name that messages begin with).
: "${root:?}" "${me:?}"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# Minimal systems have no ICU; the program itself uses the invariant culture anyway.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

say() { printf '%s: %s\n' "$me" "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# Sets dotnet to the first one found whose SDK satisfies global.json.
find_sdk() {
    local candidate
    for candidate in "$(command -v dotnet || true)" "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
        if [[ -x $candidate ]] && (cd "$root" && "$candidate" --version) >/dev/null 2>&1; then
            # shellcheck disable=SC2034 # for the one who sources this
            dotnet=$candidate
            return
        fi
    done
    say "the .NET SDK that global.json asks for ($(grep -o '"version": *"[^"]*"' "$root/global.json" | cut -d'"' -f4) or a newer 10.0) was not found; install it with"
    say "  curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
    die "or as https://dotnet.microsoft.com/download describes, then start again"
}

# Runs a command with its output hidden; shows the output if it fails.
quietly() {
    local log status=0
    log=$(mktemp "${TMPDIR:-/tmp}/mmdiff-log.XXXXXX")
    "$@" >"$log" 2>&1 </dev/null || status=$?
    ((status == 0)) || cat "$log" >&2
    rm -f "$log"
    return "$status"
}

# ensure_command COMMAND PACKAGE: installs a Debian package where its command is missing and this user may install.
ensure_command() {
    command -v "$1" >/dev/null && return
    local become=()
    if ! command -v apt-get >/dev/null; then die "$1 is missing; install it with this system's package manager, then start again"; fi
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null || die "$1 is missing; run: sudo apt-get install -y $2"
        become=(sudo -n)
    fi
    say "installing $2 (once)…"
    quietly install_package "$2" || die "$2 could not be installed; run: ${become[*]} apt-get update && ${become[*]} apt-get install -y $2"
}

# Package lists may be absent or old, so a failed attempt is repeated after an update. Uses the caller's become.
install_package() {
    local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    "${apt[@]}" install -y --no-install-recommends "$1" && return
    "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$1"
}

# locked COMMAND…: one at a time over all processes of this checkout. The command must close descriptor 9 in what it leaves running.
locked() {
    mkdir -p "$root/artifacts" 2>/dev/null || true
    [[ -w $root/artifacts ]] ||
        die "this user may not write to $root, which has to be built first; let its owner run './mmdiff info', then start again"
    if ! command -v flock >/dev/null; then
        "$@"
        return
    fi
    local status=0
    exec 9>"$root/artifacts/.lock"
    flock 9
    "$@" || status=$?
    exec 9>&-
    return "$status"
}
