# shellcheck shell=bash
# Data disks that a cloud has attached: each gets a file system while it has nothing at all, and its place among the host's mounts.

# Not only that something is: a machine's image may have a file system of its own there.
is_mounted_from() { # PATH DEVICE
    mountpoint -q "$1" && [ "$(mountpoint -d "$1")" = "$(mountpoint -x "$2")" ]
}

# One line a disk, `serial mountpoint filesystem`: the serial number is how the cloud's name for it reaches the host.
put_disks() {
    local serial path type device lines=''
    while read -r serial path type; do
        [ -n "$serial" ] || continue
        wait_for 60 disk_of "$serial" || fail "the data disk $serial for $path is not attached" "see the instance's disks, then run up again"
        device=$(disk_of "$serial")
        [ -n "$(blkid -p -o value -s TYPE "$device" 2>/dev/null)" ] || make_filesystem "$device" "$path" "$type"
        lines+="UUID=$(blkid -p -o value -s UUID "$device") $path $type defaults,nofail 0 2"$'\n'
    done <<<"$disks"
    [ -n "$lines" ] || return 0
    [ -e /etc/fstab ] || : >/etc/fstab
    put_block /etc/fstab "$lines"
    reload_units
    while read -r serial path _; do
        if [ -z "$serial" ] || is_mounted_from "$path" "$(disk_of "$serial")"; then continue; fi
        [ ! -d "$path" ] || [ -z "$(ls -A "$path")" ] ||
            fail "$path holds files already, which the data disk would cover" "move them away, then run up again"
        make_dir "$path"
        quietly mount "$path"
        changed "mounted $path"
    done <<<"$disks"
}

# By virtio its serial number is cut to 20 signs.
disk_of() { # SERIAL
    local path
    for path in "/dev/disk/by-id/virtio-${1:0:20}" /dev/disk/by-id/nvme-*_"$1"; do
        [ -b "$path" ] || continue
        readlink -f "$path"
        return
    done
    return 1
}

# What is neither a file system nor a partition table may still be somebody's: only a disk that begins with nothing is empty.
make_filesystem() { # DEVICE MOUNTPOINT TYPE
    command -v "mkfs.$3" >/dev/null || fail "the data disk for $2 is to have $3, and this host has no mkfs.$3" "choose ext4, or an image that has it"
    [ -z "$(head -c 1048576 "$1" | tr -d '\0' | head -c 1)" ] ||
        fail "the data disk for $2 has no file system, and is not empty" "look what it is ($1); to have it made anew, clear its first MiB by hand"
    quietly "mkfs.$3" -q "$1"
    changed "made $3 on the data disk for $2"
}
