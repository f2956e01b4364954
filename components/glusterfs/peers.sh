# shellcheck shell=bash
# The pool's members, joined from the lead.

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
            *Rejected*)
                fail "peer $peer is rejected: its volume definitions differ from this member's" \
                    "there: stop glusterd, move $gluster_home/vols away, start it, 'gluster peer probe $node'; bricks stay" ;;
            *Disconnected*)
                fail "peer $peer is not connected" \
                    "is glusterd up there ('systemctl status glusterd'), and is its port 24007 open to this host?" ;;
            *)
                fail "peer $peer stays in state '$state'" \
                    "restart glusterd there, which leaves bricks running, then run this again" ;;
        esac
    done
    for peer in "${joined[@]}"; do changed "joined $peer to the pool"; done
}

probe() { # PEER
    local until=$((SECONDS + 60))
    while ! ask peer probe "$1"; do
        case $answer in
            *'part of another cluster'*)
                fail "$1 belongs to another pool, or has volumes of its own" \
                    "if it is this one, in which $node is new or was lost: 'gluster peer probe $node' on $1, then run up again; if not, detach it there first" ;;
            *'same as local uuid'*)
                fail "$1 has the same GlusterFS identity as $node: one was copied from the other" \
                    "on $1: stop glusterd, take the UUID line out of $gluster_home/glusterd.info, start it" ;;
        esac
        [ "$SECONDS" -lt "$until" ] ||
            fail "$1 could not be joined: $(said)" "is glusterd up on $1, and is its port 24007 open to this host?"
        sleep 1
    done
}
