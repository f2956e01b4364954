# shellcheck shell=bash
# One member of the pool before it is one: glusterd runs, its peers' names resolve, and its bricks may be used.

drop_in=/etc/systemd/system/glusterd.service.d/datacentre.conf

converge() {
    local index print
    { command -v glusterd && command -v gluster; } >/dev/null ||
        fail "glusterd is not installed" "run the whole stack: its 'prepare' step installs it"
    note_members
    check_names
    for index in "${!brick_paths[@]}"; do
        [ -d "${brick_paths[index]%/*}" ] || put_dir "${brick_paths[index]%/*}" 0755 root:root
    done
    put_dir "${drop_in%/*}" 0755 root:root
    put_file "$drop_in" 0644 root:root "$glusterd_drop_in"
    reload_if_needed glusterd.service
    programs_due
    check_upgrade
    upgrade_programs glusterd.service gluster_answers
    print=$(fingerprint "$(glusterd --version | head -n 1)")
    run_unit glusterd.service "$print" || true
    wait_for 60 gluster_answers || glusterd_is_down
    mark_applied glusterd.service "$print"
    await_bricks
    programs_serve
    take_up_place
    for index in "${!brick_paths[@]}"; do check_brick "${brick_paths[index]}" "${brick_volumes[index]}"; done
}

# Who was described, and is no more, is detached by the lead's step. Every member notes it, since the lead may be the one that leaves.
# Lines are "NAME ADDRESS". And which one is the lead, so that one that is it no more leaves the pool's volumes alone.
note_members() {
    local name address index members=$state/gluster/members leavers=$state/gluster/leavers lines=''
    mkdir -p "$state/gluster"
    while read -r name address; do
        [[ -z $name || " ${member_names[*]} " == *" $name "* ]] || printf '%s %s\n' "$name" "$address"
    done < <(cat "$members" "$leavers" 2>/dev/null | sort -u -k 1,1) >"$leavers.new"
    # Bricks of theirs are in volumes still, and whoever mounts these looks for them by name.
    while read -r name address; do lines+="$address"$'\t'"$name $former_mark"$'\n'; done <"$leavers.new"
    put_former_names "$lines"
    if [ -s "$leavers.new" ]; then mv -f "$leavers.new" "$leavers"; else rm -f "$leavers.new" "$leavers"; fi
    for index in "${!member_names[@]}"; do printf '%s %s\n' "${member_names[index]}" "${member_addresses[index]}"; done >"$members.new"
    mv -f "$members.new" "$members"
    printf '%s\n' "$lead" >"$state/gluster/lead"
}

former_mark='# datacentre: former member'
hosts_file=/etc/hosts

put_former_names() { # LINES
    local new
    [ "$(grep " $former_mark\$" "$hosts_file" || true)" != "${1%$'\n'}" ] || return 0
    new=$(grep -v " $former_mark\$" "$hosts_file" || true)
    # In place: the file may be a mount of its own.
    printf '%s\n%s' "$new" "$1" >"$hosts_file"
    changed "wrote names of former members in $hosts_file"
}

# Peers know each other by name. Its own name may stand for a loopback address too, as Debian's installer has it.
check_names() {
    local index name found
    for index in "${!member_names[@]}"; do
        name=${member_names[index]}
        found=$(getent ahostsv4 "$name" | awk '{print $1}' | sort -u) || true
        [ "$name" != "$node" ] || found=$(grep -v '^127\.' <<<"$found") || true
        [ "$found" = "${member_addresses[index]}" ] ||
            fail "$name resolves to ${found:-nothing} here, not to ${member_addresses[index]}" \
                "take other lines for it out of /etc/hosts, and run the 'prepare' step again"
    done
}

glusterd_is_down() {
    local why remedy="see /var/log/glusterfs/glusterd.log and 'journalctl -u glusterd' on the host"
    why=$(glusterd_errors)
    case $why in
        *'resolve brick failed'* | *'resolve'*'host'*)
            remedy="a volume in $gluster_home names a host that does not resolve: describe the nodes under their old names" ;;
        *'ddress already in use'*) remedy="another glusterd has port 24007: 'ss -ltnp sport = :24007' shows it; stop it" ;;
        *'No space left'*) remedy="free space under $gluster_home" ;;
    esac
    fail "glusterd does not answer: ${why:-its log says nothing}" "$remedy"
}

# A machine that was made anew has lost who it is in a pool that knows it still. Under the number that it had, and with the peers that
# it had, it is taken for the member that it was, and gets the volumes from the others.
# Source: GlusterFS' administrator guide, "Replacing hosts", of the same host name.
take_up_place() {
    local peer pool number
    [ -z "$(ls -A "$gluster_home/peers" 2>/dev/null)" ] || return 0
    for peer in "${member_names[@]}"; do
        if [ "$peer" = "$node" ] || ! port_open "$peer" 24007; then continue; fi
        pool=$(timeout 20 gluster --mode=script "--remote-host=$peer" pool list 2>/dev/null | tail -n +2) || continue
        number=$(awk -v me="$node" '$2 == me {print $1; exit}' <<<"$pool")
        [ -n "$number" ] || continue
        quietly systemctl stop glusterd.service
        sed -i "s/^UUID=.*/UUID=$number/" "$gluster_home/glusterd.info"
        write_peers "$peer" "$number" <<<"$pool"
        quietly systemctl start glusterd.service
        wait_for 60 gluster_answers || glusterd_is_down
        # It starts its bricks with that.
        wait_for 90 knows_volumes_of "$peer" || fail "this member has not learnt the volumes of the pool from $peer" "see 'gluster peer status' and /var/log/glusterfs/glusterd.log on both hosts"
        changed "took up the place in the pool that $peer knows this member in"
        return
    done
}

# From the pool's list, in which the one that was asked calls itself localhost. State 3 is a peer in the cluster. All of them or none.
write_peers() { # PEER OWN-NUMBER
    local number name _ new=$gluster_home/peers.new
    rm -rf "$new"
    mkdir "$new"
    while read -r number name _; do
        if [ -z "$name" ] || [ "$number" = "$2" ]; then continue; fi
        [ "$name" != localhost ] || name=$1
        printf 'uuid=%s\nstate=3\nhostname1=%s\n' "$number" "$name" >"$new/$number"
    done
    mkdir -p "$gluster_home/peers"
    mv -T "$new" "$gluster_home/peers"
}

knows_volumes_of() { # PEER
    local theirs
    theirs=$(timeout 20 gluster --mode=script "--remote-host=$1" volume list 2>/dev/null | sort) || return 1
    [ "$theirs" = "$(timeout 20 gluster --mode=script volume list 2>/dev/null | sort)" ]
}

# --- bricks: what 'force' would let pass is asked here --------------------------------------------------------------

volume_id() { # VOLUME: as this member knows it, in the digits of the extended attribute
    sed -n 's/^volume-id=//p' "$gluster_home/vols/$1/info" 2>/dev/null | tr -d - || true
}

brick_id() { # PATH: the volume that the directory was made a brick of
    getfattr --absolute-names -e hex -n trusted.glusterfs.volume-id "$1" 2>/dev/null |
        sed -n 's/^trusted.glusterfs.volume-id=0x//p' || true
}

has_brick() { # VOLUME PATH: true when this member knows it for a brick of its own
    local own
    own=$node:$(tr '/' '-' <<<"$2")
    grep -qsE "^brick-[0-9]+=${own//./\\.}$" "$gluster_home/vols/$1/info"
}

holds_files() { # PATH: true when anything of a user's is in there
    [ -n "$(find "$1" -mindepth 1 -maxdepth 1 ! -name '.glusterfs*' -print -quit)" ]
}

check_brick() { # PATH VOLUME
    local path=$1 volume=$2 parent=${1%/*} found known
    if [ ! -e "$path" ]; then
        ! has_brick "$volume" "$path" ||
            fail "brick $path of volume $volume is gone" \
                "is its disk mounted? If the disk was replaced: 'gluster volume reset-brick' restores it from the other copies"
        check_attributes "$parent"
        check_root_disk "$path" "$parent"
        return
    fi
    if [ ! -d "$path" ] || [ -L "$path" ]; then
        fail "brick $path is no directory" "choose another path in datacentre:glusterfs.volumes"
    fi
    ! mountpoint -q "$path" ||
        fail "brick $path is a mount point: without its disk the files would go to the directory under it" \
            "use a directory on that disk: $path/brick"
    found=$(brick_id "$path")
    known=$(volume_id "$volume")
    if [ -n "$found" ] && [ "$found" != "$known" ]; then
        # A transaction that is under way writes the directory first, and the volume's definition a moment later.
        wait_for 5 same_id "$path" "$volume" || settle_stranger "$path" "$volume"
    elif [ -z "$found" ] && has_brick "$volume" "$path"; then
        fail "$path is a brick of volume $volume and lacks its mark" \
            "is its disk mounted? If these are its files: 'setfattr -n trusted.glusterfs.volume-id -v 0x$known $path'"
    elif [ -z "$found" ] && getfattr -n trusted.gfid "$path" >/dev/null 2>&1; then
        # Somebody has freed a former brick for this volume; GlusterFS looks at this attribute too, and makes it anew.
        setfattr -x trusted.gfid "$path"
        changed "made $path ready to be a brick again"
    elif [ -z "$found" ] && [ ! -e "$path/.glusterfs" ] && holds_files "$path"; then
        fail "$path holds files and is to be a brick of volume $volume" \
            "choose an empty path, or move them away and copy them in through the mounted volume"
    fi
    check_root_disk "$path" "$parent"
}

same_id() { [ "$(brick_id "$1")" = "$(volume_id "$2")" ]; }

settle_stranger() { # PATH VOLUME: marked for a volume that this member does not know
    if holds_files "$1" || [ -n "$(find "$1/.glusterfs" -type f -links +1 -print -quit 2>/dev/null)" ]; then
        fail "$1 is a brick of another volume than $2 (id $(brick_id "$1")), with files in it" \
            "to take them into $2: 'setfattr -x trusted.glusterfs.volume-id $1', and so its other bricks; else move it away"
    fi
    # An empty directory that a creation had reached when it was cut off.
    setfattr -x trusted.glusterfs.volume-id "$1"
    setfattr -x trusted.gfid "$1" 2>/dev/null || true
    changed "took the mark of an unfinished volume off $1"
}

check_attributes() { # DIRECTORY
    local trial
    trial=$(mktemp -d "$1/.datacentre-XXXXXX")
    if ! setfattr -n trusted.datacentre -v 1 "$trial" 2>/dev/null; then
        rmdir "$trial"
        fail "the file system of $1 ($(stat -f -c %T "$1")) takes no extended attributes, which bricks need" \
            "put bricks on xfs or ext4"
    fi
    rmdir "$trial"
}

check_root_disk() { # PATH PARENT
    [ "$(stat -c %d "$2")" != "$(stat -c %d /)" ] ||
        notes+=("brick $1 lies on the root file system: a full volume fills the host; a disk of its own is better")
}

# --- undo ------------------------------------------------------------------------------------------------------------

undo() {
    local path active=inactive
    [ ! -e "$state/units/glusterd.service" ] || active=$(cut -d ' ' -f 2 "$state/units/glusterd.service")
    restore "$drop_in"
    drop_dirs "${drop_in%/*}"
    reload_units
    undo_unit glusterd.service
    if [ "$active" != active ]; then
        stop_leftovers
        remove_data "${brick_paths[@]}" "$gluster_home"
    else
        notes+=("glusterd ran here before us and goes on; its pool and volumes are left as they are")
    fi
    for path in "${brick_paths[@]}"; do drop_dirs "${path%/*}"; done
    put_former_names ''
    rm -rf "$state/gluster"
}

# Bricks and healers outlive their daemon.
stop_leftovers() {
    local pids=()
    mapfile -t pids < <(pgrep -x glusterfsd; pgrep -f -- '^/usr/s?bin/glusterfs .*--process-name glustershd') || true
    [ "${#pids[@]}" -gt 0 ] || return 0
    kill "${pids[@]}" 2>/dev/null || true
    wait_for 20 all_gone "${pids[@]}" || kill -9 "${pids[@]}" 2>/dev/null || true
    changed "stopped ${#pids[@]} brick processes"
}

all_gone() { ! kill -0 "$@"; }
