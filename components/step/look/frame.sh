# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # variables are lib.sh's and the step's
# The mode `look` of a step: its own converge() runs where nothing that it writes reaches the host (host.sh), programs that would change
# something are not run (commands.sh), and what it would do is told. Read by main when all of the step is there. What is told goes to one
# place, a line each: D difference, L line of a file, A program that would run, N note, P problem, R its remedy, E the end.

look_home=${DATACENTRE_LOOK%/*}
look_slept=0
look_mute=

look_say() { # KIND TEXT
    printf '%s %.400s\n' "$1" "${2//$'\n'/ }" >&8
}

# A helper tells by itself what differs, in words of its own.
look_quietly() { local -x look_mute=yes; "$@"; }

look_differs() { # TEXT
    [ -n "$look_mute" ] || look_say D "$1"
}

look_is_due() { [ "${#changes[@]}" -gt 0 ] || [ -s "$look_acts" ]; }

looking() {
    export look_acts
    node=${node:-$(hostname)}
    exec 8>&1 1>&2
    log=$(mktemp "$run/log.XXXXXX")
    look_acts=$(mktemp "$run/acts.XXXXXX")
    trap 'unexpected "$?" "$BASH_COMMAND"' ERR
    trap 'look_end cut' EXIT
    converge
    look_end whole
}

look_end() { # whole|cut
    local one
    trap - EXIT ERR
    for one in "${notes[@]:0:20}"; do look_say N "$one"; done
    look_say E "$1"
    exit 0
}

changed() {
    changes+=("$1")
    look_differs "$1"
}

# Behind what is due a step cannot see: it would wait for what was not done.
fail() { # PROBLEM REMEDY
    trap - ERR
    if look_is_due; then
        look_say N "not looked at further: $1"
    else
        look_say P "$1"
        look_say R "$2"
    fi
    [ "$BASH_SUBSHELL" = 0 ] || exit 97
    look_end cut
}

unexpected() { # STATUS COMMAND
    [ "$BASH_SUBSHELL" = 0 ] || exit "$1"
    trap - ERR
    # A part of the step that ran by itself has told why.
    if [ "$1" != 97 ]; then
        if look_is_due; then look_say N "not looked at further: a command failed with status $1: $2"; else look_say P "a command failed with status $1: $2"; look_say R "run 'make up CONVERGE=1', which says more"; fi
    fi
    look_end cut
}

# Nothing is waited for: what is asked is asked once. What waits for a thing that was not done gets it.
wait_for() { # SECONDS COMMAND...
    shift
    "$@" >/dev/null 2>&1 || look_is_due
}

sleep() {
    look_slept=$((look_slept + 1))
    # Loops count seconds, and this is how they find their time over.
    SECONDS=$((SECONDS + 900))
    [ "$look_slept" -lt 50 ] || fail "it waits for something that does not come" "run 'make up CONVERGE=1', which waits for it"
}

# Functions beside the programs in their places: these are called often, and one of them is no program.
# shellcheck source=components/step/look/commands.sh
. "$look_home/commands.sh"
for look_name in systemctl docker curl; do
    [ ! -e "$look_home/real/$look_name" ] || eval "$look_name() { look_command $look_name \"\$@\"; }"
done
kill() { if [ "$1" = -0 ]; then builtin kill "$@"; else look_act kill; fi; }
# Of a file system itself, and not of what was laid over it.
stat() { if [[ $1 == -f ]]; then look_at_host stat "$@"; else command stat "$@"; fi; }
# A step that was taken out of the description and had begun: its program would find the host's own programs again.
bash() { case "$*" in *' datacentre '*) look_act "take back a step that is described no more" ;; *) command bash "$@" ;; esac; }
chown() { case " $* " in *' -R '*) look_act "chown $*" ;; *) command chown "$@" ;; esac; }

# --- helpers of lib.sh -------------------------------------------------------------------------------------------------

for look_name in put_file put_block set_mode put_dir put_data_dir put_user enable_unit run_unit reload_if_needed; do
    eval "look_$(declare -f "$look_name")"
done

# Lines of what root alone may read are nobody's business.
look_lines() { # OLD NEW PATH MODE
    case ${DATACENTRE_LOOK_SECRET:+0}${4: -1}$(stat -c %a "$3" 2>/dev/null | tail -c 2) in
        *0*) look_say L "(its lines are not shown, since not everybody may read it)"; return 0 ;;
    esac
    { diff -U 1 "$1" "$2" 2>/dev/null || true; } | tail -n +3 | head -n 60 | while IFS= read -r line; do printf 'L %.300s\n' "$line" >&8; done
}

put_file() { # PATH MODE OWNER CONTENT
    if [ -L "$1" ]; then look_differs "$1 is a link to $(readlink "$1"), not a file"
    elif [ ! -e "$1" ]; then look_differs "$1 is not there"
    elif [ ! -f "$1" ]; then look_differs "$1 is no file"
    elif ! cmp -s "$1" <(printf '%s' "$4"); then
        look_differs "$1 differs"
        [ -n "$look_mute" ] || look_lines "$1" <(printf '%s' "$4") "$1" "$2"
    else
        set_mode "$1" "$2" "$3"
        return 0
    fi
    look_quietly look_put_file "$@"
}

put_block() { # PATH CONTENT
    local before=${#changes[@]} had
    had=$(mktemp "$run/block.XXXXXX")
    cat "$1" >"$had"
    look_quietly look_put_block "$@"
    if [ "${#changes[@]}" -gt "$before" ]; then
        look_differs "our lines in $1 differ"
        look_lines "$had" "$1" "$1" 0644
    fi
    rm -f "$had"
}

set_mode() { # PATH MODE OWNER
    local is
    is=$(stat -c '%a %U:%G' "$1")
    [ "$is" = "$((10#$2)) $3" ] || look_differs "$1 is $is, not $((10#$2)) $3"
    look_quietly look_set_mode "$@"
}

put_dir() { # PATH MODE OWNER
    if [ -d "$1" ]; then set_mode "$@"; else
        look_differs "$1 is not there"
        look_quietly look_put_dir "$@"
    fi
}

# All of its files would be copied to be given to somebody.
put_data_dir() { # PATH MODE OWNER
    local is
    if [ -d "$1" ] && is=$(stat -c %U:%G "$1") && [ "$is" != "$3" ]; then changed "$1 belongs to $is, not to $3"; else put_dir "$@"; fi
}

put_user() { # NAME HOME
    getent passwd "$1" >/dev/null || look_differs "user $1 is not there"
    look_quietly look_put_user "$@"
}

enable_unit() { # UNIT
    local is
    is=$(systemctl is-enabled "$1" 2>/dev/null || true)
    unit_is enabled "$1" || look_differs "$1 is ${is:-not there}, not enabled"
    look_quietly look_enable_unit "$@"
}

# Of a unit whose file is as described systemd may still have the one of before.
reload_if_needed() { # UNIT
    local reads=''
    reload_units() { reads=yes; }
    look_reload_if_needed "$1"
    reload_units() { :; }
    [ -z "$reads" ] || look_is_due || changed "systemd has not read the file of $1"
}

run_unit() { # UNIT FINGERPRINT [OPTION]
    local before is
    enable_unit "$1"
    before=${#changes[@]}
    is=$(systemctl is-active "$1" 2>/dev/null || true)
    case $is in
        active | activating | reloading)
            look_running "$1"
            [ "$before" -gt 0 ] || [ "$(cat "$state/applied/$1" 2>/dev/null)" = "$2" ] ||
                look_differs "$1 runs, and not with what is described" ;;
        *) look_differs "$1 is ${is:-not there}, not active" ;;
    esac
    look_quietly look_run_unit "$@"
}

# What a process was started with, where its unit says that plainly.
look_running() { # UNIT
    local pid line wanted=() has=() one missing='' more=''
    pid=$(systemctl show -p MainPID "$1") pid=${pid#MainPID=}
    [ "${pid:-0}" != 0 ] || return 0
    line=$(systemctl show -p ExecStart "$1" | sed -n 's/^ExecStart={ .*argv\[\]=\(.*\) ; ignore_errors=.*/\1/p')
    [[ -n $line && $line != *\$* ]] || return 0
    read -r -a wanted <<<"$line"
    mapfile -d '' -t has <"/proc/$pid/cmdline" || return 0
    [ "${has[0]-}" = "${wanted[0]}" ] || return 0
    for one in "${wanted[@]:1}"; do [[ $one != -* || " ${has[*]} " == *" $one "* ]] || missing+=" ${one%%=*}"; done
    for one in "${has[@]:1}"; do [[ $one != -* || " $line " == *" $one "* ]] || more+=" ${one%%=*}"; done
    [ -z "$missing" ] || look_differs "$1 runs without or with another value of its flags${missing}"
    [ -z "$more" ] || [ "$more" = "$missing" ] || look_differs "$1 runs with flags that its unit has not:$more"
}

# Of packages it is told which, and the step goes on as if they had come.
look_brings() { # SPEC...
    local one
    for one in "$@"; do look_say D "package ${one/=/ } is not there, or in another version"; done
    # Noted where a subshell's word counts as well.
    printf '%s\n' "$@" >>"$look_acts"
}
if declare -F is_there >/dev/null; then
    eval "look_$(declare -f is_there)"
    is_there() { grep -qxF -e "$1" "$look_acts" || look_is_there "$1"; }
fi
apt_install() { look_brings "$@"; }
yum_install() { look_brings "$@"; }
bring_packages() { look_brings "$@"; }
put_back() { look_end cut; }
# What stands on the host holds for the other steps, and not what is here in its place.
lend_tools() { :; }
