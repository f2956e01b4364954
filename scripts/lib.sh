# shellcheck shell=bash
# What the set-up scripts share: places, messages, locks, hashes, progress. Sourced, never run.

DC_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${DATACENTRE_HOME:=$HOME/.local/share/datacentre}"
: "${DATACENTRE_CACHE:=$HOME/.cache/datacentre}"
# shellcheck disable=SC2034 # used by those that source this
DC_CLONE=$DC_ROOT/.datacentre
export DATACENTRE_HOME DATACENTRE_CACHE

# Messages go to stderr: stdout is for what a caller reads.
say() { printf '%s\n' "$*" >&2; }
stage() { printf '== %s\n' "$*" >&2; }

# fail WHAT [REMEDY]: ends the script.
fail() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  remedy: %s\n' "$2" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# is_genuine PROGRAM: whether it is what its maker ships, a compiled program. What stands in for one is a script.
is_genuine() { [ -f "$1" ] && [ -x "$1" ] && [ -s "$1" ] && [ "$(head -c 2 "$1" | tr -d '\0')" != '#!' ]; }

# own_engine ENGINE: makes .datacentre/bin/pulumi the engine itself, by its inode where it can be, and no symbolic link to it: the
# engine looks for its language host beside what a link leads to.
own_engine() {
    local link=$DC_CLONE/bin/pulumi
    if [ -L "$link" ] || { [ ! "$link" -ef "$1" ] && ! cmp -s "$link" "$1"; }; then
        ln -f "$1" "$link.$$" 2>/dev/null || cp "$1" "$link.$$"
        mv -f "$link.$$" "$link"
    fi
}

need_root() {
    [ "$(id -u)" -eq 0 ] || fail "$1 needs root" "run it as root, or as the user that may use Docker once an engine is running"
}

# content_hash TEXT FILE...: 16 hexadecimal digits that change with TEXT, with any file's name or with its content.
content_hash() {
    local text=$1
    shift
    {
        printf '%s\n' "$text"
        # One process for all: a set-up with nothing to do hashes hundreds. A line for the name, one for what 'sha256sum <FILE' says.
        [ $# -eq 0 ] || sha256sum -- "$@" | sed -E 's|^([0-9a-f]{64}) [ *](.*/)?([^/]*)$|\3\n\1  -|'
    } | sha256sum | cut -c1-16
}

# lock NAME [SECONDS]: held until the script ends. Children that outlive it must close the descriptor themselves ({DC_LOCK_FD}>&-).
lock() {
    local dir=$DATACENTRE_CACHE/locks
    mkdir -p "$dir"
    exec {DC_LOCK_FD}>"$dir/$1"
    if ! flock -n "$DC_LOCK_FD"; then
        say "   waiting for another run that holds '$1'"
        flock -w "${2:-1800}" "$DC_LOCK_FD" ||
            fail "another run has held the lock '$1' for over ${2:-1800} s" "see who has $dir/$1 open (fuser -v) and end it"
    fi
}

# with_progress LABEL LOG COMMAND...: runs the command with all output in LOG and prints a line every 10 s; on failure the log's end.
# Count what the log's matching lines say by setting PROGRESS_PATTERN (a grep -E pattern) and PROGRESS_UNIT.
with_progress() {
    local label=$1 log=$2 begun=$SECONDS pid done_count status=0 shown=0
    shift 2
    "$@" >"$log" 2>&1 &
    pid=$!
    # Interrupting the script must not leave the work running behind it.
    trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.5
        if ((SECONDS - begun >= shown + 10)); then
            shown=$((SECONDS - begun))
            done_count=""
            if [ -n "${PROGRESS_PATTERN:-}" ]; then
                done_count=", $(grep -cE "$PROGRESS_PATTERN" "$log" || true) ${PROGRESS_UNIT:-done}"
            fi
            say "   $label: ${shown} s$done_count"
        fi
    done
    wait "$pid" || status=$?
    trap - INT TERM
    if ((status != 0)); then
        say "   $label failed after $((SECONDS - begun)) s; the end of $log:"
        tail -n 15 "$log" | sed 's/^/   | /' >&2
    fi
    return "$status"
}

# apt_install PACKAGE...: only what is missing; progress; a remedy when the machine is not of the Debian family.
apt_install() {
    local missing=() package
    for package in "$@"; do
        # The status is compared whole: a removed package's leftover configuration is not an installation.
        [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    have apt-get || fail "these packages are missing: ${missing[*]}" "this machine has no apt-get: install them by its own means"
    need_root "installing ${missing[*]}"
    mkdir -p "$DATACENTRE_CACHE/log"
    with_progress "installing ${missing[*]}" "$DATACENTRE_CACHE/log/apt.log" apt_install_now "${missing[@]}" ||
        fail "apt-get could not install ${missing[*]}" "see $DATACENTRE_CACHE/log/apt.log and check the machine's package sources"
}

# Lists may be absent (images drop them) or name files that are gone: refresh them and try once more.
apt_install_now() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "$@" && return 0
    apt-get update -q && apt-get install -y -q --no-install-recommends "$@"
}

# lacks_sys_resource PID: whether that process can never have CAP_SYS_RESOURCE, which is bit 24 of CapBnd.
lacks_sys_resource() {
    local mask
    mask=$(awk '$1 == "CapBnd:" { print $2 }' "/proc/$1/status" 2>/dev/null) || mask=""
    [ -n "$mask" ] && (((0x$mask >> 24 & 1) == 0))
}

# uplink_mtu: bytes of the interface that holds the default route; 1500 when there is none.
uplink_mtu() {
    local device
    device=$(ip -o -4 route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
    cat "/sys/class/net/${device:-none}/mtu" 2>/dev/null || echo 1500
}

docker_answers() { timeout 15 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
