#!/usr/bin/env bash
# STAND-IN of Alibaba Cloud, inside of a machine that plays an ECS instance: at boot, and whenever its surroundings change,
# gives it its disks and its packet filter. The directory that this lies in is the cloud's side of the machine.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
by_id=/dev/disk/by-id

# A cloud disk is a file behind a loop device, found as on the genuine machines: by its serial number.
attach_disks() {
    local file serial device
    mkdir -p "$here/disks" "$by_id"
    for file in "$here"/disks/d-*.img; do
        [ -e "$file" ] || continue
        serial=$(basename "$file" .img)
        serial=${serial#d-}
        device=$(losetup -j "$file" -O NAME -n | head -n 1 | tr -d ' ')
        [ -n "$device" ] || device=$(loop_of "$file")
        node "$device"
        # A disk that has grown says so to a running machine.
        losetup -c "$device"
        ln -sfn "$device" "$by_id/virtio-$serial"
    done
}

# Another machine may take the free device first, since all have the same ones.
loop_of() { # FILE
    local device try
    for try in 1 2 3 4 5 6 7 8 9 10; do
        device=$(losetup -f)
        node "$device"
        if losetup "$device" "$1" 2>/dev/null; then
            printf '%s' "$device"
            return
        fi
        sleep "0.$try"
    done
    echo "guest.sh: there is no loop device for $1" >&2
    return 1
}

# Machines in containers have nodes for the first eight only.
node() { # /dev/loopN
    [ -b "$1" ] || mknod "$1" b 7 "${1#/dev/loop}"
}

detach_disks() {
    local link serial
    for link in "$by_id"/virtio-*; do
        [ -L "$link" ] || continue
        serial=${link##*/virtio-}
        if [ "${1:-}" = all ] || [ ! -e "$here/disks/d-$serial.img" ]; then
            # Ends when nothing is mounted from it any more.
            losetup -d "$(readlink "$link")" 2>/dev/null || true
            rm -f "$link"
        fi
    done
}

# systemd passes over disks in the file system table where it runs in a container.
mount_disks() {
    mount -a -t ext4,xfs -O no_netdev || true
}

filter() {
    local chain
    [ -e "$here/rules" ] || return 0
    iptables-restore --noflush <"$here/rules"
    for chain in PREROUTING:ECS-IN POSTROUTING:ECS-OUT; do
        iptables -w -t mangle -C "${chain%:*}" -j "${chain#*:}" 2>/dev/null ||
            iptables -w -t mangle -I "${chain%:*}" 1 -j "${chain#*:}"
    done
}

# The cloud may say two things at once.
exec 9>/run/alicloud-stand-in.lock
flock 9

case ${1:-apply} in
    boot) attach_disks; mount_disks; filter ;;
    apply) detach_disks; attach_disks; filter ;;
    release) detach_disks all ;;
    *) echo "guest.sh: boot, apply or release" >&2; exit 2 ;;
esac
