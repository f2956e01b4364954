# shellcheck shell=bash
# The whole pool, from its lead member: peers and volumes as described. Nothing that holds files is taken apart to fit.

converge() {
    local index
    wait_for 60 gluster_answers || fail "glusterd does not answer" "see 'systemctl status glusterd' on the host"
    remember_what_ran running running_volumes
    check_leave
    join_peers
    for index in "${!volume_names[@]}"; do
        keep_volume "${volume_names[index]}" "${volume_types[index]}" "${volume_words[index]}" \
            "${volume_bricks[index]}" "${volume_options[index]}"
    done
    detach_leavers
    raise_op_version
}

# What members of several versions agree to speak. It is not lowered again, so it comes last, when all are of one version.
raise_op_version() {
    local version now most noted=$state/gluster/version
    version=$(glusterd --version | head -n 1)
    [ "$(cat "$noted" 2>/dev/null)" != "$version" ] || return 0
    now=$(op_version cluster.op-version) most=$(op_version cluster.max-op-version)
    if [[ $now =~ ^[0-9]+$ && $most =~ ^[0-9]+$ && $most -gt $now ]]; then
        ask volume set all cluster.op-version "$most" || fail "the pool does not take op-version $most: $(said)" "see 'gluster peer status': are all members connected, and of one version?"
        changed "raised the pool's op-version from $now to $most"
    fi
    printf '%s\n' "$version" >"$noted"
}

op_version() { ! ask volume get all "$1" || awk -v key="$1" '$1 == key {print $2}' <<<"$answer"; } # KEY

running_volumes() {
    local name
    for name in $(gluster --mode=script volume list 2>/dev/null | grep -v ' '); do
        ! gluster --mode=script volume info "$name" | grep -x 'Status: Started' >/dev/null || printf '%s\n' "$name"
    done
}

# --- volumes ---------------------------------------------------------------------------------------------------------

keep_volume() { # NAME TYPE WORDS BRICKS OPTIONS
    local name=$1 type=$2 there
    mkdir -p "$state/gluster"
    if ! read_volume "$name"; then
        create_volume "$name" "$3" "$4"
        read_volume "$name" ||
            fail "volume $name is not there after its creation" "see /var/log/glusterfs/glusterd.log on the host"
    fi
    if [ "$(bricks_there)" != "$4" ] && can_move "$type" "$3" "$4"; then
        start_volume "$name"
        move_bricks "$name" "$type" "$3" "$4"
        read_volume "$name"
    fi
    there=$(bricks_there)
    if [ "$there" != "$4" ] || [ "$(field Type)" != "$type" ] || [ "$(copies_there)" != "$(copies_wanted "$3")" ]; then
        grow_volume "$name" "$type" "$3" "$4" "$there"
        read_volume "$name"
    fi
    start_volume "$name"
    set_options "$name" "$5"
    lift_bricks "$name"
    if [ -e "$state/gluster/$name.relayout" ]; then
        ask volume rebalance "$name" fix-layout start || [[ $answer == *'already started'* || $answer == *'in progress'* ]] ||
            fail "volume $name has new bricks and no directory reaches them yet: $(said)" \
                "run 'gluster volume rebalance $name fix-layout start'"
        rm -f "$state/gluster/$name.relayout"
        notes+=("volume $name: new files use the new bricks too; 'gluster volume rebalance $name start' would move old ones")
    fi
}

start_volume() { # NAME
    [ "$(field Status)" != Started ] || return 0
    ask volume start "$1" || [[ $answer == *'already started'* ]] || cannot_start "$1"
    changed "started volume $1"
    read_volume "$1"
}

cannot_start() { # NAME
    case $answer in
        *'volume-id'* | *'brick directory'* | *'Extended attribute'*)
            fail "volume $1 does not start: a brick's directory is not the one that it was: $(said)" \
                "is that brick's disk mounted on its host?" ;;
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

lift_bricks() { # NAME
    local down=() brick
    # Those that have just been started need a moment to say so, and a glusterd that has come back finds its own on a busy host in 10 s
    # and more: what is up must not be counted as started.
    wait_for 30 all_online "$1" && return 0
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
    local name lead
    lead=$(cat "$state/gluster/lead" 2>/dev/null) || lead=$node
    if [ "$lead" != "$node" ]; then
        notes+=("the pool is changed from $lead now; its volumes go on")
        rm -f "$state"/gluster/*.placing "$state"/gluster/*.relayout "$state/gluster/running" "$state/gluster/options"
        return 0
    fi
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
                fail "volume $name does not stop: $(said)" \
                    "stop what uses it from other hosts, or run 'gluster volume stop $name force'"
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
