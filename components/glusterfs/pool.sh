# shellcheck shell=bash
# The whole pool, from its lead member: peers and volumes as described. Nothing of it is ever taken apart to fit.

converge() {
    local index
    wait_for 60 gluster_answers || fail "glusterd does not answer" "see 'systemctl status glusterd' on the host"
    remember_what_ran running running_volumes
    join_peers
    for index in "${!volume_names[@]}"; do
        keep_volume "${volume_names[index]}" "${volume_types[index]}" "${volume_words[index]}" \
            "${volume_bricks[index]}" "${volume_options[index]}"
    done
}

running_volumes() {
    local name
    for name in $(gluster --mode=script volume list 2>/dev/null | grep -v ' '); do
        ! gluster --mode=script volume info "$name" | grep -qx 'Status: Started' || printf '%s\n' "$name"
    done
}

# --- peers -----------------------------------------------------------------------------------------------------------

# NAME<tab>STATE for every name that a peer is known by.
peer_states() {
    gluster --mode=script peer status | awk '
        function flush() {for (i = 1; i <= n; i++) print names[i] "\t" state; n = 0; state = ""; other = 0}
        /^Hostname: / {flush(); names[++n] = $2; next}
        /^State: / {state = substr($0, 8); next}
        /^Other names:/ {other = 1; next}
        /^$/ {next}
        other {names[++n] = $1}
        END {flush()}'
}

peer_state() { peer_states | awk -F '\t' -v name="$1" '$1 == name {print $2; exit}'; }

is_joined() { [ "$(peer_state "$1")" = "Peer in Cluster (Connected)" ]; }

join_peers() {
    local peer state joined=()
    for peer in "${peers[@]}"; do
        [ -n "$(peer_state "$peer")" ] || { probe "$peer"; joined+=("$peer"); }
    done
    for peer in "${peers[@]}"; do
        wait_for 60 is_joined "$peer" && continue
        state=$(peer_state "$peer")
        case $state in
            *Rejected*) fail "peer $peer is rejected: its volume definitions differ from this member's" \
                "on $peer: stop glusterd, move $gluster_home/vols away, start glusterd, 'gluster peer probe $node'; bricks keep their files" ;;
            *Disconnected*) fail "peer $peer is not connected" "is glusterd up there ('systemctl status glusterd'), and is its port 24007 open to this host?" ;;
            *) fail "peer $peer stays in state '$state'" "restart glusterd there, which leaves bricks running, then run this again" ;;
        esac
    done
    for peer in "${joined[@]}"; do changed "joined $peer to the pool"; done
}

probe() { # PEER
    local until=$((SECONDS + 60))
    while ! ask peer probe "$1"; do
        case $answer in
            *'part of another cluster'*) fail "$1 belongs to another pool, or has volumes of its own" \
                "if it is this pool, which $node does not know (was $gluster_home lost here?): 'gluster peer probe $node' on $1; if not, detach it there first" ;;
            *'same as local uuid'*) fail "$1 has the same GlusterFS identity as $node: one was copied from the other" \
                "on $1: stop glusterd, take the UUID line out of $gluster_home/glusterd.info, start it" ;;
        esac
        [ "$SECONDS" -lt "$until" ] || fail "$1 could not be joined: $(said)" "is glusterd up on $1, and is its port 24007 open to this host?"
        sleep 1
    done
}

# --- volumes ---------------------------------------------------------------------------------------------------------

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

keep_volume() { # NAME TYPE WORDS BRICKS OPTIONS
    local name=$1 type=$2 there
    if ! read_volume "$name"; then
        create_volume "$name" "$3" "$4"
        read_volume "$name" || fail "volume $name is not there after its creation" "see /var/log/glusterfs/glusterd.log on the host"
    fi
    there=$(bricks_there)
    if [ "$there" != "$4" ] || [ "$(field Type)" != "$type" ] || [ "$(copies_there)" != "$(copies_wanted "$3")" ]; then
        grow_volume "$name" "$type" "$3" "$4" "$there"
        read_volume "$name"
    fi
    if [ "$(field Status)" != Started ]; then
        ask volume start "$name" || [[ $answer == *'already started'* ]] || cannot_start "$name"
        changed "started volume $name"
        read_volume "$name"
    fi
    set_options "$name" "$5"
    lift_bricks "$name"
    if [ -e "$state/gluster/$name.relayout" ]; then
        ask volume rebalance "$name" fix-layout start || [[ $answer == *'already started'* || $answer == *'in progress'* ]] ||
            fail "volume $name has new bricks and no directory reaches them yet: $(said)" "run 'gluster volume rebalance $name fix-layout start'"
        rm -f "$state/gluster/$name.relayout"
        notes+=("volume $name: new files use the new bricks too; 'gluster volume rebalance $name start' would move old ones")
    fi
}

# Creates or grows a volume. A transaction that was cut off, or that one member refused, has marked bricks already:
# then, and for bricks on a root file system, 'force' is needed. It lets more pass, so the members' own steps have
# checked their bricks before this one.
place_bricks() { # VOLUME gluster's words...
    local name=$1 intent=$state/gluster/$1.placing until=$((SECONDS + 90)) force=()
    shift
    if [ -e "$intent" ]; then force=(force); fi
    mkdir -p "$state/gluster" && : >"$intent"
    while ! ask volume "$@" "${force[@]}"; do
        if [[ $answer == *"olume $name already exists"* ]]; then
            break
        elif [[ $answer == *'root partition'* && ${#force[@]} = 0 ]]; then
            force=(force)
        elif [[ $answer =~ (Peer in Cluster|not connected|timed out|is down) ]] && [ "$SECONDS" -lt "$until" ]; then
            # Members learn of each other a moment after the lead has.
            force=(force)
            sleep 1
        else
            rm -f "$intent"
            refused "$name"
        fi
    done
    rm -f "$intent"
}

refused() { # VOLUME
    case $answer in
        *'already part of a volume'* | *'already in use'* | *'contain'*'existing brick'*)
            fail "a brick of volume $1 has been one before: $(said)" \
                "to take its files into $1: 'setfattr -x trusted.glusterfs.volume-id PATH' on each of its bricks; if not, move the directory away; then 'make up CONVERGE=1'" ;;
        *'is a mount point'*) fail "volume $1: $(said)" "give a directory on that disk for the brick" ;;
        *'Failed to create brick directory'* | *'No such file or directory'*) fail "volume $1: $(said)" "run the member's 'glusterfs' step, which makes the directory that the brick lies in" ;;
        *) fail "volume $1 was refused: $(said)" "see /var/log/glusterfs/glusterd.log on the hosts that it names" ;;
    esac
}

create_volume() { # NAME WORDS BRICKS
    local words bricks
    read -ra words <<<"$2"
    read -ra bricks <<<"$3"
    place_bricks "$1" create "$1" "${words[@]}" transport tcp "${bricks[@]}"
    changed "created volume $1"
}

copies_there() { # "1 x (2 + 1) = 3", "2 x 2 = 4", "4"
    sed -nE 's/^Number of Bricks: [0-9]+ x \(([0-9]+) \+ ([0-9]+)\).*/\1+\2/p; s/^Number of Bricks: [0-9]+ x ([0-9]+) .*/\1/p' <<<"$info" | head -n 1
}

copies_wanted() { # WORDS, in the same form
    local words
    read -ra words <<<"$1"
    case ${#words[@]} in
        4) printf '%s+%s\n' "$((words[1] - words[3]))" "${words[3]}" ;;
        2) printf '%s\n' "${words[1]}" ;;
    esac
}

# Only what adds is done: more bricks for a distributed volume, more replica sets, or more copies of a single set.
grow_volume() { # NAME TYPE WORDS BRICKS THERE
    local name=$1 type=$2 had=$5 words=() there=() bricks=() more=() gone=() brick
    local refusal="the volume is left as it is; change the description, or the volume by hand ('gluster volume help'), so that they agree"
    read -ra words <<<"$3"
    read -ra bricks <<<"$4"
    read -ra there <<<"$had"
    for brick in "${there[@]}"; do [[ " $4 " == *" $brick "* ]] || gone+=("$brick"); done
    for brick in "${bricks[@]}"; do [[ " $had " == *" $brick "* ]] || more+=("$brick"); done
    [ "${#gone[@]}" = 0 ] ||
        fail "volume $name has bricks that are not described: ${gone[*]}" \
            "describe them again; or move their files off: 'gluster volume remove-brick $name ${gone[*]} start', the same with status until it is completed, then with commit"
    if [ "$type $(field Type)" = 'Distribute Distribute' ]; then
        [ "${#more[@]}" -gt 0 ] || return 0
        words=()
        : >"$state/gluster/$name.relayout"
    elif [[ $type != Distribute && $(field Type) != Distribute && "$4 " == "$had "* && ${#more[@]} -gt 0 ]]; then
        if [ "$(copies_there)" = "$(copies_wanted "$3")" ]; then
            words=()
            : >"$state/gluster/$name.relayout"
        elif [ "$type $(field Type)" != 'Replicate Replicate' ] || [[ $(copies_there) == *+* ]]; then
            fail "volume $name is $(field Type) of ${#there[@]} bricks, and is described as $type of ${#bricks[@]}" "$refusal"
        fi
    else
        fail "volume $name is $(field Type) ($(copies_there) copies) of '$had', and is described as $type ($(copies_wanted "$3") copies) of '$4'" "$refusal"
    fi
    place_bricks "$name" add-brick "$name" "${words[@]}" "${more[@]}"
    changed "added ${more[*]} to volume $name"
}

cannot_start() { # NAME
    case $answer in
        *'volume-id'* | *'brick directory'* | *'Extended attribute'*)
            fail "volume $1 does not start: a brick's directory is not the one that it was: $(said)" "is that brick's disk mounted on its host?" ;;
        *) fail "volume $1 does not start: $(said)" "see /var/log/glusterfs/bricks on the hosts of its bricks" ;;
    esac
}

set_options() { # NAME OPTIONS
    local pair options=() due=()
    read -ra options <<<"$2"
    for pair in "${options[@]}"; do
        [ "$(field "${pair%%=*}")" = "${pair#*=}" ] || due+=("$pair")
    done
    for pair in "${due[@]}"; do
        grep -qsF "$1 ${pair%%=*} " "$state/gluster/options" ||
            printf '%s %s %s\n' "$1" "${pair%%=*}" "$(field "${pair%%=*}")" >>"$state/gluster/options"
        ask volume set "$1" "${pair%%=*}" "${pair#*=}" ||
            fail "volume $1 takes no $pair: $(said)" "give another value in datacentre:glusterfs.volumes"
        changed "set $pair on volume $1"
    done
}

# --- bricks that are not up ------------------------------------------------------------------------------------------

# Bricks and healers of a started volume that are not online, one a line.
offline() { # NAME
    ask volume status "$1" detail || { printf 'unknown\n'; return; }
    awk '/^Brick +: / {brick = $4} /^Online +: / {if ($3 != "Y") print brick}' <<<"$answer"
    [[ $info == *'Replicate'* ]] || return 0
    ask volume status "$1" shd || return 0
    awk '/^Self-heal Daemon on / {host = $5} host != "" && /(Y|N) +[0-9NA\/]+ *$/ {if ($(NF - 1) != "Y") print "healer:" host; host = ""}' <<<"$answer"
}

all_online() { [ -z "$(offline "$1")" ]; }

lift_bricks() { # NAME
    local down=() brick
    # Those that have just been started need a moment to say so.
    wait_for 10 all_online "$1" && return 0
    mapfile -t down < <(offline "$1")
    ask volume start "$1" force || cannot_start "$1"
    wait_for 30 all_online "$1" ||
        fail "volume $1 has bricks that stay offline: $(offline "$1" | words)" \
            "see /var/log/glusterfs/bricks on their hosts; is the brick's disk mounted, and has it space?"
    for brick in "${down[@]}"; do changed "started $brick of volume $1"; done
}

# --- undo ------------------------------------------------------------------------------------------------------------

# Without the users' word volumes are only stopped: with their definitions and bricks kept, a later run starts them again
# with every file in place.
undo() {
    local name
    if ! unit_is active glusterd.service || ! gluster_answers; then
        notes+=("glusterd does not run here any more: volumes were not stopped one by one")
        return 0
    fi
    for name in "${volume_names[@]}"; do
        read_volume "$name" || continue
        if [ ! -e "$purge_flag" ] && grep -qsxF "$name" "$state/gluster/running"; then
            restore_options "$name"
        elif [ "$(field Status)" = Started ]; then
            ask volume stop "$name" || ask volume stop "$name" force ||
                fail "volume $name does not stop: $(said)" "stop what uses it from other hosts, or run 'gluster volume stop $name force'"
            changed "stopped volume $name"
        fi
        [ -e "$purge_flag" ] || continue
        ask volume delete "$name" || fail "volume $name cannot be deleted: $(said)" "are all its members up? then run this again"
        changed "deleted volume $name"
    done
    rm -f "$state"/gluster/*.placing "$state"/gluster/*.relayout "$state/gluster/running" "$state/gluster/options"
}

# A volume that ran before us goes on as it was, for clients that we do not know.
restore_options() { # NAME
    local volume key value
    while read -r volume key value; do
        [ "$volume" = "$1" ] || continue
        if [ -n "$value" ]; then ask volume set "$1" "$key" "$value"; else ask volume reset "$1" "$key"; fi ||
            { notes+=("volume $1 keeps our $key: $(said)") && continue; }
        changed "restored $key of volume $1"
    done < <(cat "$state/gluster/options" 2>/dev/null)
}
