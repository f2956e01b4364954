# shellcheck shell=bash
# A member's programs in another version, as the upgrade guide says it: one server at a time, while the other copies of every file are there;
# its bricks end for it, and all copies are healed before the next server's turn.
# Source: docs.gluster.org, "Generic Upgrade procedure".

# A volume that has one copy of a file alone would lose its files for as long.
check_upgrade() {
    local name
    [ "${#due[@]}" -gt 0 ] && unit_is active glusterd.service && gluster_answers || return 0
    for name in $(own_volumes); do
        read_volume "$name"
        [ "$(field Status)" = Started ] || continue
        [[ $(field Type) == *Replicate* ]] ||
            fail "volume $name has one copy of each file, and would be without those on $node while GlusterFS is upgraded" \
                "stop what uses it, then the volume ('gluster volume stop $name' on any member), and run 'make up' again, which starts it when all members are upgraded"
        wait_for 60 all_online "$name" ||
            fail "volume $name has bricks or healers that are not online, and an upgrade here takes one away: $(offline "$name" | words)" \
                "bring them back ('gluster volume status $name' on any member; 'gluster volume start $name force' starts bricks), then run 'make up' again"
        await_heal "$name"
    done
}

# Those with a brick here, as this member knows them.
own_volumes() { grep -lsE "^brick-[0-9]+=$node:" "$gluster_home"/vols/*/info | sed 's|.*/vols/\(.*\)/info|\1|' || true; }

# Mounts are clients of their own, and go on.
before_upgrade() {
    quietly systemctl stop glusterd.service
    stop_leftovers
}

# The bricks are back, and have what was written meanwhile.
await_bricks() {
    local name
    [ -s "$former/packages" ] || return 0
    for name in $(own_volumes); do
        read_volume "$name"
        if [ "$(field Status)" != Started ] || [[ $(field Type) != *Replicate* ]]; then continue; fi
        wait_for 90 all_online "$name" || fail "volume $name has bricks or healers that do not come back: $(offline "$name" | words)" "see /var/log/glusterfs/bricks on $node"
        await_heal "$name"
    done
}
