# shellcheck shell=bash
# Takes the engine off a host that was there before: what it leaves is the host as found, and what users stored.

docker_before=$state/docker-before
# The engine's chains and bridges in iptables-save's lines. DOCKER_OUTPUT and its like are not: those are of an engine
# that this host itself is a container of, and are its name resolution.
engine_rules='(^:|^-A |-j )DOCKER(-[A-Z0-9-]+)?( |$)|docker0|br-[0-9a-f]{12}'

# Asked before our first start: dockerd changes the host's network and does not change it back.
keep_network() {
    [ ! -e "$docker_before" ] || return 0
    mkdir -p "$state"
    {
        printf 'forward %s\n' "$(iptables -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p')"
        printf 'ip_forward %s\n' "$(cat /proc/sys/net/ipv4/ip_forward)"
        ! unit_is active docker.service || printf 'engine was-active\n'
        [ ! -e /sys/class/net/docker0 ] || printf 'docker0 was-there\n'
        [ ! -e /var/lib/containerd ] || printf 'containerd was-there\n'
        [ ! -e /opt/containerd ] || printf 'opt was-there\n'
        [ ! -e /etc/cni ] || printf 'cni was-there\n'
        [ ! -d "$data_root" ] || printf 'mode %s\n' "$(stat -c %a "$data_root")"
    } >"$docker_before.new" && mv "$docker_before.new" "$docker_before"
}

undo() {
    local stays='' mode
    # Without a record we never came as far as the engine, and one that runs is not ours.
    if [ ! -e "$docker_before" ] || grep -q '^engine' "$docker_before"; then stays=yes; fi
    restore "$config"
    drop_store
    drop_proxy
    reload_if_needed docker.service
    if [ -z "$stays" ]; then
        stop_containers
    elif [ -e "$state/applied/docker.service" ]; then
        hand_back
    fi
    undo_unit docker.socket
    undo_unit docker.service
    undo_unit containerd.service
    rm -f "$reloaded" "$restart_due"
    restore /etc/docker/key.json
    drop_dirs /etc/docker
    [ -n "$stays" ] || clear_network
    if [ -z "$stays" ] || [ "$(former_root)" != "$data_root" ]; then remove_data "$data_root"; fi
    drop_dirs "$data_root"
    mode=$(sed -n 's/^mode //p' "$docker_before" 2>/dev/null) || true
    if [ -d "$data_root" ] && [ -n "$mode" ]; then chmod "$mode" "$data_root"; fi
    rm -f "$docker_before"
}

former_root() {
    local root
    root=$(sed -nE 's/.*"(data-root|graph)"[[:space:]]*:[[:space:]]*"([^"]*)".*/\2/p' "$config" 2>/dev/null | head -n 1) || true
    printf '%s' "${root:-/var/lib/docker}"
}

# Live-restored containers outlive their daemon: those that nobody could stop any more are stopped while it is there.
stop_containers() {
    local ids=()
    unit_is active docker.service || return 0
    timeout 60 docker ps -q >"$run/docker-containers" 2>>"$log" ||
        fail "the engine does not say what runs, and its containers would outlive it" "see 'journalctl -u docker.service', or stop it and its containers by hand; then destroy again"
    mapfile -t ids <"$run/docker-containers"
    rm -f "$run/docker-containers"
    [ "${#ids[@]}" -gt 0 ] || return 0
    quietly timeout 300 docker stop --time 20 "${ids[@]}" ||
        fail "${#ids[@]} containers did not stop" "stop them by hand ('docker ps'), then destroy again"
    changed "stopped ${#ids[@]} containers"
}

# An engine that ran before us goes on with its own configuration.
hand_back() {
    [ "$(former_root)" = "$data_root" ] || stop_containers
    if ! quietly systemctl restart docker.service; then
        notes+=("the engine that was here before us does not start with its own $config; see 'journalctl -u docker.service'")
    fi
    changed "restarted docker.service with its former configuration"
}

# What a stopped daemon leaves: its bridges, its packet filter rules, and containerd's empty store.
clear_network() {
    local link table policy forward space
    # What containers with the host's network leave.
    for space in /run/docker/netns/*; do
        ! mountpoint -q "$space" || quietly umount "$space"
    done
    if ! grep -q '^docker0' "$docker_before"; then
        for link in $(ip -o link show type bridge 2>/dev/null | sed -nE 's/^[0-9]+: (docker0|br-[0-9a-f]{12}):.*/\1/p'); do
            quietly ip link delete "$link"
            changed "removed $link"
        done
        for table in filter nat; do
            iptables-save -t "$table" 2>/dev/null | grep -E "$engine_rules" >/dev/null || continue
            iptables-save -t "$table" | grep -vE "$engine_rules" | quietly iptables-restore -T "$table"
            changed "removed the engine's rules from table $table"
        done
        policy=$(sed -n 's/^forward //p' "$docker_before")
        [ -z "$policy" ] || quietly iptables -P FORWARD "$policy"
        forward=$(sed -n 's/^ip_forward //p' "$docker_before")
        [ "$forward" = "$(cat /proc/sys/net/ipv4/ip_forward)" ] || printf '%s\n' "$forward" >/proc/sys/net/ipv4/ip_forward
    fi
    # Databases without contents: nobody stored anything through it.
    if ! grep -q '^containerd' "$docker_before" && [ -d /var/lib/containerd ] &&
        [ -z "$(find /var/lib/containerd -type f ! -name '*.db' -print -quit)" ]; then
        rm -rf /var/lib/containerd
    fi
    if ! grep -q '^opt' "$docker_before" && [ -d /opt/containerd ]; then find /opt/containerd -depth -type d -empty -delete; fi
    if ! grep -q '^cni' "$docker_before" && [ -d /etc/cni ]; then find /etc/cni -depth -type d -empty -delete; fi
}
