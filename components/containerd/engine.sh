# shellcheck shell=bash
# containerd on one host: its configuration, how it reaches registries, its root, and a service that runs with all of it.

config=/etc/containerd/config.toml
certs=/etc/containerd/certs.d
proxy_drop_in=/etc/systemd/system/containerd.service.d/datacentre-proxy.conf
# The files about registries that are ours.
record=$state/containerd-registries

converge() {
    local print mode=0700
    check_host_for_containerd
    print=$(fingerprint "$config_toml" "$(containerd --version)" ${engine_proxy:+"$engine_proxy"})
    keep_host
    # Newer ones close their root by themselves when they start (CVE-2024-25621), older ones leave it at 0711.
    [ "$(stat -c %a "$root" 2>/dev/null)" != 711 ] || mode=0711
    put_dir "$root" "$mode" root:root
    put_network_programs
    make_dir "$cni_conf"
    # Read with every pull, so that no change needs a restart.
    put_registries
    for_unit containerd.service
    put_file "$config" 0644 root:root "$config_toml"
    if [ -n "$engine_proxy" ]; then put_file "$proxy_drop_in" 0644 root:root "$engine_proxy"; else drop_proxy; fi
    for_unit
    # One that systemd starts again and again has failed with what it was given; one that another hand started runs with other things.
    if [ "$(systemctl show -p SubState containerd.service)" = SubState=auto-restart ] ||
        { unit_is active containerd.service && has_answer && ! is_as_described; }; then
        rm -f "$state/applied/containerd.service"
    fi
    reload_if_needed containerd.service
    begun=$(date +%s)
    # Shims hold containers up meanwhile.
    run_unit containerd.service "$print" --no-block || true
    wait_for_engine
    mark_applied containerd.service "$print"
    load_images
}

# The programs of pods' networks at the one place that the configuration names.
put_network_programs() {
    local place
    [ ! -x "$cni_bin/bridge" ] || return 0
    for place in /usr/libexec/cni /opt/cni/bin /usr/lib/cni; do
        if [ ! -x "$place/bridge" ] || [ -e "$cni_bin" ]; then continue; fi
        remember "$cni_bin"
        ln -s "$place" "$cni_bin"
        changed "linked $cni_bin to $place"
        return 0
    done
    fail "$cni_bin has no programs of pods' networks (bridge and its like)" "install containernetworking-plugins; 'prepare' does, where it was not removed"
}

# Paths and contents in turn.
put_registries() {
    local i path wanted=()
    mkdir -p "$state"
    make_dir "$certs"
    for ((i = 0; i + 1 < ${#registries[@]}; i += 2)); do wanted+=("${registries[i]}"); done
    while read -r path; do
        [[ " ${wanted[*]-} " == *" $path "* ]] || forget_registry "$path"
    done < <(cat "$record" 2>/dev/null)
    printf '%s\n' "${wanted[@]}" | grep . >"$record" || true
    for ((i = 0; i + 1 < ${#registries[@]}; i += 2)); do put_file "${registries[i]}" 0644 root:root "${registries[i + 1]}"; done
}

forget_registry() { # PATH
    restore "$1"
    drop_dirs "${1%/*}"
}

drop_proxy() {
    restore "$proxy_drop_in"
    drop_dirs "${proxy_drop_in%/*}"
}

answer_of_cri() { cri RuntimeService/Status '\x08\x01' 2>/dev/null | tr -d '\0' || true; }

has_answer() { [ -n "$(answer_of_cri)" ]; }

# As the running engine says it, whatever its file says by now.
is_as_described() {
    local answer want
    answer=$(answer_of_cri)
    for want in "${described[@]}"; do [[ $answer == *"$want"* ]] || return 1; done
}

# A failing service is started again by systemd, until it has failed too often.
gave_up() {
    case $(systemctl show -p ActiveState,NRestarts containerd.service | tr '\n' ' ') in
        *ActiveState=failed*) return 0 ;;
        *NRestarts=[2-9]*) ! unit_is active containerd.service ;;
        *) return 1 ;;
    esac
}

cri_state() { ctr plugins ls </dev/null 2>/dev/null | awk '$1 == "io.containerd.grpc.v1" && $2 == "cri" {print $NF}'; }

wait_for_engine() {
    local until=$((SECONDS + 90)) said=() plugin=''
    while [ "$SECONDS" -lt "$until" ] && ! gave_up; do
        if unit_is active containerd.service; then
            plugin=$(cri_state)
            [ "$plugin" != ok ] || break
            [ -z "$plugin" ] || break
        fi
        sleep 0.2
    done
    if [ "$plugin" = ok ]; then
        ! wait_for 20 is_as_described || return 0
        fail "the engine runs, but not with its root $root, snapshotter $snapshotter and the rest of $config" \
            "see 'systemctl cat containerd' for flags that name another configuration, and 'journalctl -u containerd'"
    fi
    mapfile -t said < <(journalctl -u containerd.service --since "@$begun" -o cat --no-pager 2>/dev/null | tail -n 300 |
        containerd_diagnosis "$root" "$snapshotter")
    fail "${said[0]}" "${said[1]}"
}
