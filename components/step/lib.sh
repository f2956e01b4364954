# shellcheck shell=bash
# The common part of every on-host step. A step's program is: this file, its parameters, its own script, which defines
# converge() and undo(), and a last line that calls main. Nothing runs before that last line has arrived whole.
#
# A step counts what it really changed, and can be run again at any time: it finishes what a killed run left.
set -Eeuo pipefail
# Before 4.4, an array without members counts as unset (CentOS 7 has 4.2).
[ "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" -ge 44 ] || set +u
export LC_ALL=C PATH=${DATACENTRE_STEP_STATE:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
umask 022

# What we keep on a host about what we did to it; gone after undo. A step that runs on the operator's own machine, as any user, is told
# a place there.
state=${DATACENTRE_STEP_STATE:-/var/lib/datacentre}
run=${DATACENTRE_STEP_STATE:+$DATACENTRE_STEP_STATE/run}
run=${run:-/run/datacentre}
# The mirror that this host fetches through: its URL, and what comes past it; a line each.
mirror_note=$state/mirror
# Made by `destroy` with DATA=delete: only then does undo remove what a user stored.
purge_flag=/run/datacentre.purge-data
unit_home=/etc/systemd/system
# Units' files that hold until the next boot.
# shellcheck disable=SC2034 # used by scripts that follow
unit_run=/run/systemd/system
# Held while a step works. Steps that only ask a service's API, and wait for it, have one of their own.
host_lock=$run/lock
changes=()
notes=()
# The unit whose configuration is being written; a changed file makes its restart due.
service=

changed() { changes+=("$1"); }

fail() { # PROBLEM REMEDY
    trap - ERR
    printf 'datacentre: %s on %s: %s\n  remedy: %s\n' "$step" "$node" "$1" "$2" >&2
    exit 1
}

unexpected() { # STATUS COMMAND (unexpanded, so it holds no values)
    [ "$BASH_SUBSHELL" = 0 ] || exit "$1"
    printf 'datacentre: %s on %s: a command failed with status %s: %s\n' "$step" "$node" "$1" "$2" >&2
    [ ! -s "$log" ] || tail -n 20 "$log" >&2
    exit 1
}

# The last lines of LOG belong to the error text; commands that talk send their talk there.
quietly() { "$@" >>"$log" 2>&1 9>&-; }

wait_for() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.2
    done
}

# --- files -----------------------------------------------------------------------------------------------------------

# Keeps what stood at PATH before our first touch, so that undo can put it back.
remember() { # PATH
    local record=$state/originals$1
    [ ! -e "$record" ] && [ ! -e "$record.absent" ] || return 0
    mkdir -p "${record%/*}"
    if [ -e "$1" ] || [ -L "$1" ]; then
        cp -a "$1" "$record.new" && mv -fT "$record.new" "$record"
    else
        : >"$record.absent"
    fi
}

restore() { # PATH...
    local path record
    for path in "$@"; do
        record=$state/originals$path
        if [ -e "$record" ] || [ -L "$record" ]; then
            cp -a "$record" "$path.restored" && mv -fT "$path.restored" "$path" && rm -f "$record"
            changed "restored $path"
        elif [ -e "$record.absent" ]; then
            rm -f "$path" "$record.absent"
            changed "removed $path"
        fi
    done
}

# Of an upgrade that is under way: what PATH was before it.
keep_file() { # PATH
    local kept=$state/upgrades/$step/files$1
    [ ! -e "$kept" ] && [ ! -e "$kept.absent" ] || return 0
    (umask 077 && mkdir -p "${kept%/*}")
    if [ -e "$1" ]; then cp -a "$1" "$kept"; else : >"$kept.absent"; fi
}

set_mode() { # PATH MODE OWNER
    if [ "$(stat -c '%a %U:%G' "$1")" != "$((10#$2)) $3" ]; then
        chown "$3" "$1" && chmod "$2" "$1"
        changed "set $1 to $2 $3"
    fi
}

# From here on, changed files are NAME's configuration; without NAME, nobody's.
for_unit() { service=${1:-}; }

put_file() { # PATH MODE OWNER CONTENT
    local path=$1 mode=$2 owner=$3 content=$4 new
    if [ -L "$path" ] || [ ! -f "$path" ] || ! cmp -s "$path" <(printf '%s' "$content"); then
        remember "$path"
        [ -z "${keeps_former-}" ] || keep_file "$path"
        [ -z "$service" ] || rm -f "$state/applied/$service"
        make_dir "${path%/*}"
        new="${path%/*}/.${path##*/}.datacentre-new"
        (umask 077 && printf '%s' "$content" >"$new")
        chown "$owner" "$new" && chmod "$mode" "$new" && sync "$new"
        mv -fT "$new" "$path"
        changed "wrote $path"
    else
        set_mode "$path" "$mode" "$owner"
    fi
}

# Keeps a block of lines of ours in a file that others write too.
put_block() { # PATH CONTENT (empty: no block)
    local path=$1 content=$2 new
    # The x keeps trailing newlines through $().
    new=$(without_block "$path" && printf x)
    new=${new%x}
    [ -z "$content" ] || new+=$'# datacentre: begin\n'"$content"$'# datacentre: end\n'
    if ! cmp -s "$path" <(printf '%s' "$new"); then
        # Written in place: a file that is a mount of its own cannot be renamed over.
        printf '%s' "$new" >"$path"
        changed "wrote our block in $path"
    fi
}

without_block() { # PATH
    awk '/^# datacentre: begin$/ {skip = 1} !skip {print} /^# datacentre: end$/ {skip = 0}' "$1"
}

# Makes PATH, and notes how far up it was missing, for drop_dirs.
make_dir() { # PATH
    local top=$1
    [ ! -d "$1" ] || return 0
    while [ ! -d "${top%/*}" ] && [ -n "${top%/*}" ]; do top=${top%/*}; done
    mkdir -p "$state" && printf '%s %s\n' "$top" "$1" >>"$state/dirs"
    mkdir -p "$1"
}

put_dir() { # PATH MODE OWNER
    if [ ! -d "$1" ]; then
        make_dir "$1"
        chown "$3" "$1" && chmod "$2" "$1"
        changed "made $1"
    else
        set_mode "$1" "$2" "$3"
    fi
}

# Removes directories that we made, from the innermost, as far as they are empty.
drop_dirs() { # PATH...
    local path top made
    for path in "$@"; do
        while read -r top made; do
            [ "$made" = "$path" ] || continue
            while rmdir "$made" 2>/dev/null && [ "$made" != "$top" ]; do made=${made%/*}; done
        done < <(cat "$state/dirs" 2>/dev/null)
    done
}

# A directory of data may have been kept by a stack before, which made the ones around it.
drop_empty_parents() { # PATH
    local parent=${1%/*}
    while [[ " /data /home /media /mnt /opt /root /srv /usr /var /var/cache /var/lib /var/log /var/spool " != *" $parent "* && $parent == /?* ]] &&
        rmdir "$parent" 2>/dev/null; do
        parent=${parent%/*}
    done
}

remove_data() { # PATH...: what a user stored; goes only when that was asked for
    local path
    for path in "$@"; do
        [ -e "$path" ] || continue
        if [ -e "$purge_flag" ]; then
            # A mount point stays, its contents go.
            if mountpoint -q "$path"; then find "$path" -mindepth 1 -delete; else rm -rf "$path" && drop_empty_parents "$path"; fi
            changed "removed data $path"
        else
            notes+=("kept data $path")
        fi
    done
}

# A data directory whose files belong to its user, also when a package was installed again and the user has a new number.
put_data_dir() { # PATH MODE OWNER
    if [ -d "$1" ] && [ "$(stat -c %U:%G "$1")" != "$3" ]; then
        chown -R "$3" "$1"
        changed "gave $1 to $3"
    fi
    put_dir "$1" "$2" "$3"
}

# Downloads, through the mirror where the host fetches by one; what lies on it, or on a node of the stack, comes directly.
fetch() { # URL FILE
    local url direct via=()
    if [ -s "$mirror_note" ]; then
        { read -r url && read -r direct; } <"$mirror_note"
        via=(--proxy "$url" --noproxy "$direct")
    fi
    quietly curl -fsSL --retry 3 --connect-timeout 15 "${via[@]}" -o "$2" "$1"
}

# --- services --------------------------------------------------------------------------------------------------------

put_user() { # NAME HOME: a system user and group of that name
    if ! getent passwd "$1" >/dev/null; then
        getent group "$1" >/dev/null || quietly groupadd --system "$1"
        quietly useradd --system --gid "$1" --home-dir "$2" --no-create-home --shell /usr/sbin/nologin "$1"
        mkdir -p "$state" && printf '%s\n' "$1" >>"$state/users"
        changed "made user $1"
    fi
}

undo_user() { # NAME
    grep -qsxF "$1" "$state/users" || return 0
    quietly userdel "$1" || true
    changed "removed user $1"
}

# True when something accepts connections there.
port_open() { # ADDRESS PORT
    timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"' - "$1" "$2" 2>/dev/null
}

# For how many of the members a command succeeds.
how_many() { # COMMAND MEMBER...
    local command=$1 member n=0
    shift
    for member in "$@"; do ! "$command" "$member" || n=$((n + 1)); done
    printf '%s' "$n"
}

unit_is() { systemctl "is-$1" --quiet "$2" 2>/dev/null; }

reload_units() { quietly systemctl daemon-reload; }

# systemd reads a changed unit file only when it is told to. Before 254 it does not see itself that a unit which it has loaded got its
# first drop-in.
reload_if_needed() { # UNIT
    local unit=$1 said file
    [[ $unit == *.* ]] || unit+=.service
    said=" $(systemctl show -p NeedDaemonReload,LoadState,DropInPaths "$unit" | tr '=\n' '  ') "
    case $said in
        *' NeedDaemonReload yes '* | *' LoadState not-found '*) reload_units; return ;;
    esac
    for file in "$unit_home/$unit.d"/*.conf; do
        [ ! -e "$file" ] || [[ $said == *" $file "* ]] || { reload_units; return; }
    done
}

fingerprint() { printf '%s\0' "$@" | sha256sum | cut -c 1-64; }

# The same of inputs with a secret among them. What is kept must not tell a guess from a miss, so a number of this host's and unit's
# is in it that root alone reads.
secret_fingerprint() { # UNIT INPUT...
    local salt=$state/applied/$1.salt
    shift
    if [ ! -s "$salt" ]; then
        mkdir -p "$state/applied"
        (umask 077 && head -c 32 /dev/urandom | base64 -w 0 >"$salt.new") && mv -f "$salt.new" "$salt"
    fi
    fingerprint "$(cat "$salt")" "$@"
}

# A plain fingerprint of before gives way to that of a secret; nothing is restarted for it.
renew_fingerprint() { # UNIT FINGERPRINT-BEFORE FINGERPRINT
    [ "$(cat "$state/applied/$1" 2>/dev/null)" != "$2" ] || mark_applied "$1" "$3"
}

# True when UNIT runs with just the inputs that FINGERPRINT stands for.
is_applied() { # UNIT FINGERPRINT
    unit_is active "$1" && [ "$(cat "$state/applied/$1" 2>/dev/null)" = "$2" ]
}

mark_applied() { # UNIT FINGERPRINT
    mkdir -p "$state/applied"
    (umask 077 && printf '%s' "$2" >"$state/applied/$1.new") && mv -f "$state/applied/$1.new" "$state/applied/$1"
}

enable_unit() { # UNIT
    if [ ! -e "$state/units/$1" ]; then
        mkdir -p "$state/units"
        printf '%s %s\n' "$(systemctl is-enabled "$1" 2>/dev/null || true)" \
            "$(systemctl is-active "$1" 2>/dev/null || true)" >"$state/units/$1"
    fi
    if [ "$(systemctl is-enabled "$1" 2>/dev/null || true)" = masked ]; then
        quietly systemctl unmask "$1"
        changed "unmasked $1"
    fi
    if ! unit_is enabled "$1"; then
        quietly systemctl enable "$1"
        changed "enabled $1"
    fi
}

# Brings UNIT to run with the inputs that FINGERPRINT stands for, and restarts it only when it does not. A restart that
# a counted change made due is not counted again. The caller waits for the answer, then calls mark_applied.
run_unit() { # UNIT FINGERPRINT [systemctl option]
    local unit=$1 print=$2 option=${3:---quiet} before=${#changes[@]}
    enable_unit "$unit"
    if [[ $(systemctl is-active "$unit" 2>/dev/null) != @(active|activating|reloading) ]]; then
        quietly systemctl reset-failed "$unit" || true
        quietly systemctl "$option" start "$unit"
        changed "started $unit"
    elif [ "$(cat "$state/applied/$unit" 2>/dev/null)" != "$print" ]; then
        quietly systemctl reset-failed "$unit" || true
        quietly systemctl "$option" restart "$unit"
        [ "$before" -gt 0 ] || changed "restarted $unit"
    fi
}

undo_unit() { # UNIT: as we found it
    local enabled active
    rm -f "$state/applied/$1" "$state/applied/$1.salt"
    [ -e "$state/units/$1" ] || return 0
    read -r enabled active <"$state/units/$1"
    # One that systemd is about to start again is not active at the moment.
    if [ "$active" != active ] && [[ $(systemctl is-active "$1" 2>/dev/null) == @(active|activating|reloading|deactivating) ]]; then
        quietly systemctl stop "$1"
        changed "stopped $1"
    fi
    if [ "$enabled" != enabled ]; then quietly systemctl disable "$1" || true; changed "disabled $1"; fi
    quietly systemctl reset-failed "$1" || true
    rm -f "$state/units/$1"
}

# Stops UNIT for good: its member has left, and neither a reboot nor a package brings it back. The note of how it was found stays for undo.
leave_unit() { # UNIT
    rm -f "$state/applied/$1"
    if [[ $(systemctl is-active "$1" 2>/dev/null) == @(active|activating|reloading|deactivating) ]]; then
        quietly systemctl stop "$1"
        changed "stopped $1"
    fi
    if unit_is enabled "$1"; then
        quietly systemctl disable "$1"
        changed "disabled $1"
    fi
    quietly systemctl reset-failed "$1" || true
}

# A member that has left keeps off until it is described again.
has_left() { [ -e "$state/left/$step" ]; }

# What UNIT's journal says of its end, on one line: the last three lines that grep finds, if there are any.
journal_says() { # UNIT GREP-ARGUMENT...
    { journalctl -u "$1" -n 120 -o cat --no-pager 2>/dev/null | grep "${@:2}" || true; } | tail -n 3 | cut -c 1-400 | tr '\n' ' '
}

# --- the frame -------------------------------------------------------------------------------------------------------

# The engine records no step that failed. So what a step begins here is noted, with its program and without its secrets, until it has come to
# its end for the first time: when it is described no more, the first step of this host takes it back (components/host/begun.sh).
note_begun() { # MODE
    [ "$1" = converge ] && keeps_notes && [ ! -e "$state/done/$step" ] || return 0
    note_program begun
}

# One that ended is the engine's to take back. Its program is kept all the same: an engine that was killed before it wrote its state knows
# nothing of it, and `make up` asks for what is left then (components/host/take-back.sh).
note_done() { # MODE
    keeps_notes || return 0
    case $1 in
        converge) note_program "done" ;;
        undo) rm -rf "$state/done/$step" "$state/upgrades/$step" ;;
        # A member that has left is still to be undone.
        *) return 0 ;;
    esac
    # Last: killed before, the step is in both places, and in none at no time.
    rm -f "$state/begun/$step"
}

note_program() { # FOLDER
    mkdir -p "$state/$1"
    (umask 077 && printf '%s\nmain "$%s"\n' "${plain_program-}" 1 >"$state/$1.note") && mv -fT "$state/$1.note" "$state/$1/$step"
}

# What was undone is not undone again: an engine that was killed before it wrote its state asks for it once more, when the services that this
# step asks may be gone as well. With DATA=delete it is, where the first time kept the data.
note_undone() {
    [ -d "$state" ] && [ -z "${DATACENTRE_STEP_STATE-}" ] || return 0
    mkdir -p "$state/undone"
    if [ -e "$purge_flag" ]; then echo purged; fi >"$state/undone/$step"
}

is_undone() {
    [ -e "$state/undone/$step" ] || return 1
    [ -n "${leaves_nothing-}" ] || [ ! -e "$purge_flag" ] || [ -s "$state/undone/$step" ]
}

forget_undone() { rm -f "$state/undone/$step"; }

# Not those that only ask a service's API.
keeps_notes() { [ -z "${leaves_nothing-}" ] && [ -z "${DATACENTRE_STEP_STATE-}" ]; }

# Modes beside converge and undo are for members of quorums, and a script that has none defines neither: `tell` changes nothing and notes
# "serves" and "leads"; `leave` takes the member out while the others hold a quorum without it, and refuses where they do not.
main() { # converge|undo|tell|leave|look
    local mode=$1
    # What converge would do is told, where nothing of it reaches the host: components/step/look.
    # shellcheck source=/dev/null
    [ "$mode" != look ] || { . "${DATACENTRE_LOOK:?}" && looking; }
    node=${node:-$(hostname)}
    [ -n "${DATACENTRE_STEP_STATE-}" ] || [ "$(id -u)" = 0 ] || fail "runs as $(id -un), not as root" "give the SSH user password-less sudo, or use root"
    mkdir -p "$run"
    exec 9>"$host_lock"
    # A step of a killed engine may still be at work here. Who is only asked how it is does not wait for that.
    [ "$mode" = tell ] || [ -n "${DATACENTRE_LOCK_HELD-}" ] || flock -w 900 9 || fail "another step has held this host for 15 minutes" "see 'fuser -v $host_lock' there"
    log=$(mktemp "$run/log.XXXXXX")
    trap 'rm -f "$log"' EXIT
    trap 'unexpected "$?" "$BASH_COMMAND"' ERR
    case $mode in
        converge) forget_undone ;;
        undo) ! is_undone || { printf '0 changes\n'; return; } ;;
    esac
    note_begun "$mode"
    "$mode"
    case $mode in
        leave) mkdir -p "$state/left" && : >"$state/left/$step" ;;
        converge | undo) rm -f "$state/left/$step" ;;
    esac
    note_done "$mode"
    [ "$mode" != undo ] || note_undone
    printf '%d changes\n' "${#changes[@]}"
    [ "${#changes[@]}" = 0 ] || printf '  %.160s\n' "${changes[@]:0:60}"
    [ "${#notes[@]}" = 0 ] || printf '  note: %.300s\n' "${notes[@]:0:20}"
}

# The scripts and long parameters of a step whose program names them by digest (components/step/shared.ts), a line each: DIGEST NAME.
# Here, at the outermost level, since what they declare is the program's.
while read -r step_script step_script_name; do
    [ -n "$step_script" ] || continue
    [ -e "$scripts_home/$step_script" ] || fail "this host has lost $step_script_name of its scripts" "pulumi up --replace '**::scripts-$node'"
    # shellcheck disable=SC1090 # by digest
    . "$scripts_home/$step_script"
done <<<"${step_scripts-}"
