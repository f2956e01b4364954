# shellcheck shell=bash
# What this host mounts: for each volume a unit of ours that is the mount's client, and is started again when it ends.

converge() {
    local index
    put_dir "${helper_path%/*}" 0755 root:root
    put_file "$helper_path" 0755 root:root "$helper"
    for index in "${!mount_paths[@]}"; do
        keep_mount "${mount_volumes[index]}" "${mount_paths[index]}" "${mount_units[index]}" "${mount_unit_files[index]}"
    done
}

keep_mount() { # VOLUME PATH UNIT UNIT_FILE
    local volume=$1 path=$2 unit=$3 print
    print=$(fingerprint "$4")
    refuse_others "$volume" "$path" "$unit"
    # When it is mounted, its root belongs to the volume's users.
    [ -n "$(mount_source "$path")" ] || prepare_directory "$path"
    # A client that does as described is not stopped for a mended file: whoever has files open there would lose them.
    put_file "/etc/systemd/system/$unit" 0644 root:root "$4"
    reload_if_needed "$unit"
    if unit_is active "$unit" && [ "$(mount_source "$path")" = "localhost:/$volume" ] && [ ! -e "$state/applied/$unit" ]; then
        mark_applied "$unit" "$print"
    fi
    if unit_is active "$unit" && ! serves "$path"; then
        quietly systemctl restart --no-block "$unit"
        changed "mounted $path again"
    else
        run_unit "$unit" "$print" --no-block
    fi
    wait_for 90 is_up "$unit" "$path" "$volume" || not_mounted "$volume" "$path" "$unit"
    mark_applied "$unit" "$print"
}

# What is mounted at PATH, as the kernel has it: asking the file system itself would hang or fail on a dead one.
mount_source() { # PATH
    awk -v path="$1" '
        $5 == path {for (i = 6; i < NF; i++) if ($i == "-") {kind = $(i + 1); from = $(i + 2)}}
        END {if (kind != "") print (kind == "fuse.glusterfs" ? from : kind " " from)}' /proc/self/mountinfo
}

serves() { timeout 10 stat -t "$1/." >/dev/null 2>&1; }

is_up() { # UNIT PATH VOLUME
    unit_is active "$1" && [ "$(mount_source "$2")" = "localhost:/$3" ] && serves "$2"
}

refuse_others() { # VOLUME PATH UNIT
    local source
    source=$(mount_source "$2")
    case $source in
        '' | "localhost:/$1") ;;
        *:/"$1" | *:"$1")
            # Mounted by hand as document 000 does: the same volume, under our unit from now on.
            quietly umount "$2" ||
                fail "$2 has volume $1 mounted from ${source%:*}, and is in use" \
                    "stop what uses it ('fuser -vm $2'), then run this again"
            mkdir -p "$state/gluster" && printf '%s\n' "$source" >"$state/gluster/mounted-$1"
            changed "took over the mount at $2"
            ;;
        *)
            unit_is active "$3" ||
                fail "something else is mounted at $2: $source" \
                    "unmount it, or choose another path in datacentre:glusterfs.volumes"
            ;;
    esac
    ! grep -qsE "^[^#]+[[:space:]]$2[[:space:]]" /etc/fstab ||
        fail "/etc/fstab mounts something at $2 as well" "take that line out: a unit of this stack keeps the mount"
}

prepare_directory() { # PATH
    put_dir "$1" 0755 root:root
    [ -z "$(ls -A "$1")" ] || notes+=("$1 has files in it, which the mounted volume hides; they are kept under it")
}

not_mounted() { # VOLUME PATH UNIT
    local log_file why reasons
    log_file=/var/log/glusterfs/$(tr / - <<<"${2#/}").log
    reasons='failed to (get the|fetch) volume file|volume not found|Connection refused|no subvolumes? .*|quorum.*not met'
    reasons+='|All subvolumes are down|Transport endpoint is not connected|No such device.*|fuse: device not found.*'
    why=$(grep -hE '^\[[^]]+\] [EW] ' "$log_file" 2>/dev/null | tail -n 20 | grep -oE "$reasons" | tail -n 1) || true
    case $why in
        *device*)
            fail "volume $1 cannot be mounted: this host has no /dev/fuse" "load the kernel module fuse ('modprobe fuse')" ;;
        *subvolumes*down* | *quorum* | *'not connected'*)
            fail "volume $1 is mounted at $2 but does not answer: too few of its bricks are reachable" \
                "'gluster volume status $1' names bricks that are offline; bring their hosts up" ;;
        *)
            fail "volume $1 is not mounted at $2: ${why:-no reason in $log_file}" \
                "see 'systemctl status $3' and $log_file on the host" ;;
    esac
}

undo() {
    local index path unit
    for index in "${!mount_paths[@]}"; do
        path=${mount_paths[index]} unit=${mount_units[index]}
        undo_unit "$unit"
        restore "/etc/systemd/system/$unit"
        [ -z "$(mount_source "$path")" ] || leave "$path"
        give_back "${mount_volumes[index]}" "$path"
        drop_dirs "$path"
    done
    restore "$helper_path"
    drop_dirs "${helper_path%/*}"
    reload_units
}

leave() { # PATH: still mounted after its client was told to stop
    [[ $(mount_source "$1") == localhost:/* ]] || return 0
    quietly umount "$1" && return 0
    quietly umount --lazy "$1"
    notes+=("$1 was in use and is unmounted lazily: it goes for good when its last user does ('fuser -vm' no longer shows them)")
}

# What was mounted by hand before us.
give_back() { # VOLUME PATH
    local source
    source=$(cat "$state/gluster/mounted-$1" 2>/dev/null) || return 0
    if [ -n "$(mount_source "$2")" ] || quietly mount -t glusterfs "$source" "$2"; then
        changed "mounted $source at $2 again, as before us"
    else
        notes+=("$source was mounted at $2 before us, and cannot be mounted now")
    fi
    rm -f "$state/gluster/mounted-$1"
}
