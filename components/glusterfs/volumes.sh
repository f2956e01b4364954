# shellcheck shell=bash
# How volumes and their bricks are, as glusterd tells it.

# How long one heal is awaited; the next run goes on with it.
heal_patience=1500

read_volume() { # NAME: what is there of it, in $info; fails when there is none
    info=
    ask volume list || fail "the volumes cannot be listed: $(said)" "see /var/log/glusterfs/glusterd.log on the host"
    grep -qxF "$1" <<<"$answer" || return 1
    ask volume info "$1" || fail "volume $1 cannot be read: $(said)" "see /var/log/glusterfs/glusterd.log on the host"
    info=$answer
}

field() { sed -n "s/^$1: //p" <<<"$info" | head -n 1; }

# Lines to one line of words.
words() { tr '\n' ' ' | sed 's/ *$//'; }

bricks_there() { sed -nE 's/^Brick[0-9]+: ([^ ]+).*/\1/p' <<<"$info" | words; }

# Bricks and healers of a started volume that are not online, one a line.
offline() { # NAME
    ask volume status "$1" detail || { printf 'unknown\n'; return; }
    awk '/^Brick +: / {brick = $4} /^Online +: / {if ($3 != "Y") print brick}' <<<"$answer"
    [[ $info == *'Replicate'* ]] || return 0
    ask volume status "$1" shd || return 0
    awk '/^Self-heal Daemon on / {host = $5}
        host != "" && /(Y|N) +[0-9NA\/]+ *$/ {if ($(NF - 1) != "Y") print "healer:" host; host = ""}' <<<"$answer"
}

all_online() { [ -z "$(offline "$1")" ]; }

# Bricks that are away, or have entries to be healed, one a line.
unhealed() { # NAME [EXCEPT]
    ask volume heal "$1" info summary || { printf 'unknown: %s\n' "$(said)"; return; }
    awk -v except="${2-}" '
        /^Brick / {brick = $2; next}
        brick == except {next}
        /^Status: / && $2 != "Connected" {print brick " is not connected"}
        /^Total Number of entries: / && $NF != "-" && $NF != 0 {print brick " has " $NF " entries to heal"}' <<<"$answer"
}

is_healed() { [ -z "$(unhealed "$@")" ] && sleep 2 && [ -z "$(unhealed "$@")" ]; }

await_heal() { # NAME [EXCEPT]
    wait_for "$heal_patience" is_healed "$@" ||
        fail "volume $1 is not healed after $heal_patience s: $(unhealed "$@" | head -n 5 | tr '\n' ';')" \
            "'gluster volume heal $1 info summary' on $node shows how far it is; bring bricks back that are away, then run up again, which goes on"
}
