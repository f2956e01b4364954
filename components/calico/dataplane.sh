# shellcheck shell=bash
# What the kernel of one node has to be able to do for Calico, and what Calico leaves in it.

calico_before=$state/calico-before

# Asked by trying, since modules are loaded on demand; a device that is there needs no trial.
check_kernel() {
    local pool encapsulation
    for pool in "${pools[@]}"; do
        encapsulation=${pool##* }
        case $encapsulation in
            vxlan) [ -e /sys/class/net/vxlan.calico ] || can_make vxlan id 4094 dstport 0 ||
                fail "pool ${pool%% *} goes by VXLAN, and this kernel has none" "load the module vxlan, or use a kernel that has it" ;;
            ipip) [ -e /sys/class/net/tunl0 ] || can_make ipip remote 192.0.2.1 local "$address" ||
                fail "pool ${pool%% *} goes by IPIP, and this kernel has none" \
                    "set its encapsulation to vxlan in datacentre:calico.pools, which every kernel has, or load the module ipip" ;;
        esac
    done
}

can_make() { # TYPE OPTION...
    local link=dc-trial
    ip link delete "$link" >/dev/null 2>&1 || true
    quietly ip link add "$link" type "$@" || return 1
    ip link delete "$link"
}

# A pool over a network that this host already knows would cut it off from there.
check_routes() {
    local pool route
    for pool in "${pools[@]}"; do
        route=$(ip -4 route show | awk '$1 ~ /^[0-9]/ && !/ proto (bird|80) / && !/ dev (cali|vxlan\.calico|tunl0)/' | overlapping "${pool%% *}" | head -n 1)
        [ -z "$route" ] || fail "pool ${pool%% *} overlaps a network that this host has already: $route" \
            "take another range in datacentre:calico.pools, or that network away from the host"
    done
}

# Containers with addresses of a pool that is described no more: of this host, and by BGP of others.
check_users() {
    local routes pool users
    routes=$(ip -4 route show | grep -E ' dev cali| via .* proto bird ' || true)
    for pool in "${pools[@]}"; do routes=$(overlapping "${pool%% *}" other <<<"$routes"); done
    users=$(awk '{ print $1 }' <<<"$routes" | head -n 5 | paste -sd ' ')
    [ -z "$users" ] || fail "addresses in use are of no pool that is described: $users" \
        "put their pool back into datacentre:calico.pools with disabled: true until these are gone ('calicoctl get workloadendpoints -o wide')"
}

# Of routes on stdin, those to addresses of a network, or the others.
overlapping() { # CIDR [other]
    awk -v pool="$1" -v other="${2:-}" '
        function number(text, part) { split(text, part, "[./]"); return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4] }
        function size(text, part) { return split(text, part, "/") > 1 ? 2 ^ (32 - part[2]) : 1 }
        BEGIN { from = number(pool); to = from + size(pool) }
        NF { first = number($1); first -= first % size($1); if ((first < to && from < first + size($1)) == (other == "")) print }'
}

drop_routes() { # PROTOCOL
    [ -n "$(ip -4 route show proto "$1")" ] || return 0
    quietly ip -4 route flush proto "$1"
    changed "removed the routes of $1"
}

# Felix turns forwarding on and mounts the kernel's BPF file system where nobody has, and leaves both so.
keep_kernel_settings() {
    [ ! -e "$calico_before" ] || return 0
    mkdir -p "$state"
    {
        printf 'ip_forward %s\n' "$(cat /proc/sys/net/ipv4/ip_forward)"
        mountpoint -q /sys/fs/bpf || printf 'bpf none\n'
    } >"$calico_before.new" && mv "$calico_before.new" "$calico_before"
}

# A node that goes tells the datastore, so that its addresses and blocks are others' again. One that cannot is found by the
# next `up` of the others.
leave_datastore() {
    [ -x /usr/local/bin/calicoctl ] || return 0
    if timeout 30 calicoctl delete node "$node" "${ctl_options[@]}" >>"$log" 2>&1 9>&-; then
        changed "took node $node out of the datastore"
    else
        notes+=("the datastore still has node $node: it did not answer, or never knew it")
    fi
}

clear_dataplane() {
    local link table tool save set_name
    for link in $(ip -o link show | sed -nE 's/^[0-9]+: (cali[^@:]*|vxlan\.calico|vxlan-v6\.calico)[@:].*/\1/p'); do
        quietly ip link delete "$link" || true
        changed "removed $link"
    done
    if [ -e /sys/class/net/tunl0 ]; then quietly ip address flush dev tunl0 && quietly ip link set tunl0 down; fi
    drop_routes bird
    drop_routes 80
    for tool in iptables-legacy iptables-nft; do
        save=$tool-save
        command -v "$save" >/dev/null || continue
        for table in raw mangle nat filter; do
            "$save" -t "$table" 2>/dev/null | grep -E '(^:|-A |-j |-g )cali-|cali:' >/dev/null || continue
            "$save" -t "$table" 2>/dev/null | grep -vE '(^:|-A |-j |-g )cali-|cali:' | quietly "$tool-restore" -T "$table"
            changed "removed Calico's rules from table $table"
        done
    done
    if command -v ipset >/dev/null; then
        for set_name in $(ipset list -n 2>/dev/null | grep '^cali'); do quietly ipset destroy "$set_name" || true; done
    fi
    if [ -s "$calico_before" ]; then sed -n 's/^ip_forward //p' "$calico_before" >/proc/sys/net/ipv4/ip_forward; fi
    # Busy, it is somebody else's as well by now.
    ! grep -qs '^bpf none' "$calico_before" || ! mountpoint -q /sys/fs/bpf || quietly umount /sys/fs/bpf || true
    rm -f "$calico_before"
}
