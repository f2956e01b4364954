# shellcheck shell=bash
# Calico on one node: its programs, their units, and the networks that Mesos finds here. Restarting any of it leaves routes and
# rules as they are, so nodes need not take turns.

converge() {
    local i name print
    check_kernel
    check_routes
    check_users
    keep_kernel_settings
    inputs=()
    put_calico
    put_link /usr/local/bin/calicoctl "$home/calicoctl"
    for_unit calico-node
    put_files /etc/calico
    for_unit
    if [ -n "$mesos" ]; then
        put_link "$cni_plugins/calico" "$home/calico"
        put_link "$cni_plugins/calico-ipam" "$home/calico"
    fi
    put_files "$cni_configs"
    drop_networks
    for ((i = 0; i + 1 < ${#unit_files[@]}; i += 2)); do
        for_unit "${unit_files[i]}"
        put_file "/etc/systemd/system/${unit_files[i]}.service" 0644 root:root "${unit_files[i + 1]}"
    done
    for_unit
    drop_units
    print=$(fingerprint "$environment" "${inputs[@]}" "${unit_files[@]}")
    join_datastore
    [ -z "$bird_conf" ] || put_bird
    for name in "${units[@]}"; do
        [ "$name" != calico-bird ] || continue
        reload_if_needed "$name"
        run_unit "$name" "$print"
    done
    wait_for 90 felix_lives || explain
    for name in "${units[@]}"; do [ "$name" = calico-bird ] || mark_applied "$name" "$print"; done
}

put_files() { # BELOW: those of the files that lie in this directory
    local i
    for ((i = 0; i + 1 < ${#files[@]}; i += 2)); do
        [ "${files[i]%/*}" != "$1" ] || put_file "${files[i]}" 0644 root:root "${files[i + 1]}"
    done
}

put_link() { # PATH TARGET
    [ "$(readlink "$1" 2>/dev/null)" != "$2" ] || return 0
    remember "$1"
    make_dir "${1%/*}"
    ln -sfn "$2" "$1.datacentre-new" && mv -fT "$1.datacentre-new" "$1"
    changed "linked $1 to $2"
}

# Networks that are described no more. Addresses of theirs are given back when their last task ends.
drop_networks() {
    local record path
    for record in "$state/originals$cni_configs"/*; do
        [ -e "$record" ] || continue
        path=${record#"$state/originals"} path=${path%.absent}
        [[ " ${files[*]} " == *" $path "* ]] || restore "$path"
    done
}

# Units of ours that this description has no work for.
drop_units() {
    local name
    for name in calico-tunnel calico-docker calico-bird; do
        [[ " ${units[*]} " != *" $name "* ]] || continue
        [ -e "/etc/systemd/system/$name.service" ] || continue
        undo_unit "$name"
        restore "/etc/systemd/system/$name.service"
        [ "$name" != calico-bird ] || drop_bird
    done
}

bird_file=/etc/calico/bird.conf

# BIRD takes a new configuration while it runs, and keeps what it has learned.
put_bird() {
    local before print
    before=$(cat "$bird_file" 2>/dev/null || true)
    put_file "$bird_file" 0644 root:root "$bird_conf"
    print=$(fingerprint "$(cat /etc/systemd/system/calico-bird.service)")
    reload_if_needed calico-bird
    run_unit calico-bird "$print"
    wait_for 20 birdc -s "$bird_socket" show status ||
        fail "BIRD does not start: $(journalctl -u calico-bird -n 5 -o cat --no-pager | tail -n 2 | tr '\n' ' ')" "see 'bird -p -c $bird_file' on $node"
    [ "$before" = "$bird_conf" ] || quietly birdc -s "$bird_socket" configure ||
        fail "BIRD refuses its configuration" "see 'bird -p -c $bird_file' on $node"
    mark_applied calico-bird "$print"
}

drop_bird() {
    restore "$bird_file"
    drop_routes bird
}

# curl prints 000 where nobody answers.
felix_lives() { [[ $(timeout 3 curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$health_port/liveness") == 2?? ]]; }

explain() {
    local why
    why=$(journal_says calico-node -iE 'error|fatal|panic|fail|refused')
    fail "Felix does not answer on port $health_port 90 s after its start${why:+; its journal says: $why}" \
        "see 'journalctl -u calico-node' on $node, and whether it reaches etcd (${endpoints// /, })"
}

undo() {
    local i
    for ((i = 0; i < ${#units[@]}; i++)); do undo_unit "${units[i]}"; done
    leave_datastore
    restore "$bird_file"
    for ((i = 0; i + 1 < ${#unit_files[@]}; i += 2)); do restore "/etc/systemd/system/${unit_files[i]}.service"; done
    clear_dataplane
    reload_units
    for ((i = 0; i + 1 < ${#files[@]}; i += 2)); do restore "${files[i]}"; done
    restore /usr/local/bin/calicoctl "$cni_plugins/calico" "$cni_plugins/calico-ipam"
    undo_calico
    drop_dirs /etc/calico "$cni_configs" "$cni_plugins" "$home"
    rm -rf /var/lib/calico /var/run/calico /var/log/calico
}
