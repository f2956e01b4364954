# shellcheck shell=bash
# What the kernel of one host has to be able to do for flannel, and what flannel leaves in it.

flannel_before=$state/flannel-before

# Asked by trying, since modules are loaded on demand.
check_kernel() {
    local link=dc-trial
    [ -n "$device" ] && [ ! -e "/sys/class/net/$device" ] || return 0
    ip link delete "$link" >/dev/null 2>&1 || true
    quietly ip link add "$link" type vxlan id 16777214 dstport 0 ||
        fail "flannel's packets go by VXLAN, and this kernel has none" "load the module vxlan, or set datacentre:flannel.backend to host-gw where all hosts are on one Ethernet"
    ip link delete "$link"
}

# A network that this host already knows, by something else than containers, would be cut off.
check_routes() {
    local route gateways=" ${peers[*]} " via
    while read -r route; do
        [[ $route != *" dev "@(docker0|cni0|flannel.*)* ]] || continue
        via=$(sed -n 's/.* via \([0-9.]*\).*/\1/p' <<<"$route")
        [ -z "$via" ] || [[ $gateways != *" $via "* ]] || continue
        fail "the containers' network $network overlaps one that this host has already: $route" \
            "take another range in datacentre:flannel.network, or that network away from the host"
    done < <({ ip -4 route show root "$network"; ip -4 route show match "$network" | grep -v '^default'; } | sort -u)
}

# Docker sets it too, and takes it back by what it found itself.
keep_kernel_settings() {
    [ ! -e "$flannel_before" ] || return 0
    mkdir -p "$state"
    cat /proc/sys/net/ipv4/ip_forward >"$flannel_before.new" && mv "$flannel_before.new" "$flannel_before"
}

restore_kernel_settings() {
    [ -s "$flannel_before" ] || return 0
    unit_is active docker.service || cat "$flannel_before" >/proc/sys/net/ipv4/ip_forward
    rm -f "$flannel_before"
}

# Devices, and with host-gw routes by other hosts, which are told by the network that the host was in last.
clear_devices() {
    local link former route
    for link in $(ip -o link show | sed -nE 's/^[0-9]+: (flannel\.[0-9]+)[@:].*/\1/p'); do
        quietly ip link delete "$link"
        changed "removed $link"
    done
    former=$(lease NETWORK)
    [ -n "$former" ] || former=$(sed -n 's/^FLANNEL_NETWORK=//p' "$kept_home/subnet.env" 2>/dev/null)
    [ -n "$former" ] || return 0
    while read -r route; do
        # Words of a route as ip prints it and takes it.
        # shellcheck disable=SC2086
        quietly ip -4 route delete $route || true
        changed "removed the route ${route%% *}"
    done < <(ip -4 route show root "$former" | grep ' via ' | sed 's/ onlink//; s/ *$//')
}

# Containers are gone by now, or are Docker's, which has its bridge back.
clear_rules() {
    local tool save table
    if [ -n "$pods" ] && [ -e /sys/class/net/cni0 ]; then quietly ip link delete cni0; changed "removed cni0"; fi
    for tool in iptables-legacy iptables-nft; do
        save=$tool-save
        command -v "$save" >/dev/null || continue
        for table in nat filter; do
            "$save" -t "$table" 2>/dev/null | grep FLANNEL- >/dev/null || continue
            "$save" -t "$table" 2>/dev/null | grep -v FLANNEL- | quietly "$tool-restore" -T "$table"
            changed "removed flannel's rules from table $table"
        done
    done
}
