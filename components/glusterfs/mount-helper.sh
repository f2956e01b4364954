#!/bin/bash
# datacentre: what the units of GlusterFS mounts do before their client starts and after it ended.
set -eu
path=$2
pattern="^[0-9]+ [0-9]+ [^ ]+ [^ ]+ ${path//./\\.} .* - fuse\.glusterfs "

mounted() { grep -qE "$pattern" /proc/self/mountinfo; }

case $1 in
    clear) # the mount of a client that died; in use it is only hidden, and goes when its last user does
        while mounted; do umount "$path" 2>/dev/null || umount --lazy "$path"; done
        ;;
    await) # the unit's start timeout ends this
        until mounted && timeout 5 stat -t "$path/." >/dev/null 2>&1; do sleep 0.2; done
        ;;
esac
