# shellcheck shell=bash
# Docker's engine on one host: its configuration, its data root, and a daemon that runs with both.

config=/etc/docker/daemon.json
reloaded=$state/applied/docker.json

converge() {
    local print whole started mode at
    check_host_for_docker
    print=$(engine_print)
    whole=$(fingerprint "$daemon_json")
    check_config
    keep_network
    # dockerd closes its data root to 0710 (20.10.9 and later) or 0711 by itself; either is as it should be.
    mode=0710
    [ "$(stat -c %a "$data_root" 2>/dev/null)" != 711 ] || mode=0711
    put_dir "$data_root" "$mode" root:root
    put_dir /etc/docker 0755 root:root
    remember /etc/docker/key.json
    # Somebody else's edit may be what the daemon runs with by now: only a file that we wrote last may be just reloaded.
    if [ -e "$config" ] && [ "$(cat "$reloaded" 2>/dev/null)" != "$(file_print "$config")" ]; then
        [ "$(file_print "$config")" = "$whole" ] || rm -f "$state/applied/docker.service"
    fi
    warn_of_foreign_keys
    put_store
    put_proxy
    put_file "$config" 0644 root:root "$daemon_json"
    enable_socket
    # A daemon that systemd starts again and again has failed with what it was given.
    [ "$(systemctl show -p SubState docker.service)" != SubState=auto-restart ] || rm -f "$state/applied/docker.service"
    # Restarted by somebody with another configuration, it runs with that.
    if unit_is active docker.service; then
        at=$(where_it_is)
        [ -z "$at" ] || [ "$at" = "$wanted_engine" ] || rm -f "$state/applied/docker.service"
    fi
    reload_if_needed docker.service
    started=$(main_pid)
    programs_due
    if waits_for_its_turn "$print"; then
        enable_unit docker.service
        : >"$restart_due"
        # Their packages wait with them.
        programs_serve
        notes+=("docker.service runs with its former settings until this host's turn: step docker-restart")
    else
        upgrade_programs docker.service is_as_described
        # Its version is part of it.
        [ "${#due[@]}" = 0 ] || print=$(engine_print)
        start_engine "$print"
        programs_serve
    fi
    if [ "$(main_pid)" = "$started" ] && [ "$(cat "$reloaded" 2>/dev/null)" != "$whole" ]; then
        quietly systemctl reload docker.service
        [ "${#changes[@]}" -gt 0 ] || changed "reloaded docker.service"
    fi
    wait_for 10 registries_are_described ||
        fail "the engine does not use the registries of $config" \
            "see 'docker info' and 'journalctl -u docker.service' on the host"
    mark_applied docker.json "$whole"
    load_images
}

# Its restart ends what others run by it, so where they are at work hosts take turns. A daemon that does not answer serves nobody.
waits_for_its_turn() { # FINGERPRINT
    local unit
    [ "${#due[@]}" -gt 0 ] || ! is_applied docker.service "$1" || return 1
    unit_is active docker.service && [ -n "$(where_it_is)" ] || return 1
    for unit in "${needed_by[@]}"; do ! unit_is active "$unit" || return 0; done
    return 1
}

start_engine() { # FINGERPRINT
    local begun
    ! unit_is active docker.service || is_applied docker.service "$1" || spare_containers
    begun=$(date +%s)
    run_unit docker.service "$1" --no-block || true
    wait_for_engine "$begun"
    mark_applied docker.service "$1"
    rm -f "$restart_due"
}

# As fingerprint has it for the same content.
file_print() { { cat "$1" && printf '\0'; } | sha256sum | cut -c 1-64; }

main_pid() { systemctl show -p MainPID docker.service; }

# Our file replaces one that was there: two hands in one file end in the document's daemon that would not start.
warn_of_foreign_keys() {
    local record=$state/originals$config key
    local known=' data-root storage-driver live-restore log-driver log-opts mtu cluster-store insecure-registries registry-mirrors '
    [ -f "$record" ] || record=$config
    [ -f "$record" ] || return 0
    while read -r key; do
        [[ $known == *" $key "* ]] ||
            notes+=("daemon.json had a key '$key', which the description has not: out of effect until destroy brings it back")
    done < <(json_keys <"$record")
}

# The keys of a JSON object's first level, one a line; also of a file that is not quite JSON.
json_keys() {
    tr '\n' ' ' | awk '{
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            if (quoted) {
                if (c == "\\") { text = text c substr($0, ++i, 1) } else if (c == "\"") { quoted = 0 } else text = text c
            } else if (c == "\"") { quoted = 1; text = "" }
            else if (c ~ /[{[]/) depth++
            else if (c ~ /[]}]/) depth--
            else if (c == ":" && depth == 1) print text
        }
    }'
}

# The socket starts the service that it belongs to, so both are one thing; it cannot be opened while the service runs.
enable_socket() {
    [ -n "$(systemctl list-unit-files --no-legend docker.socket 2>/dev/null)" ] || return 0
    enable_unit containerd.service
    enable_unit docker.socket
    if ! unit_is active docker.socket && unit_is active docker.service; then
        rm -f "$state/applied/docker.service"
        changed "opened docker.socket"
    fi
}

registries_are_described() {
    local said insecure mirrors
    # Besides ours the engine always has its own entry for loopback addresses, which is a network.
    # An engine that does not answer has none either.
    said=$(docker info --format \
        '{{range $name, $index := .RegistryConfig.IndexConfigs}}{{if not $index.Secure}}{{println $name}}{{end}}{{end}}=mirrors
{{range .RegistryConfig.Mirrors}}{{println .}}{{end}}') || return 1
    insecure=${said%%=mirrors*} mirrors=${said#*=mirrors}
    [ "$(plain_lines "$insecure" | sort)" = "$(plain_lines "${insecure_registries[@]}" | sort)" ] &&
        [ "$(plain_lines "$mirrors")" = "$(plain_lines "${registry_mirrors[@]}")" ]
}

# Without empty lines, and without the slash that the engine puts behind an address.
plain_lines() { printf '%s\n' "$@" | sed 's:/*$::' | grep . || true; }
