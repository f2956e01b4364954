# shellcheck shell=bash
# Docker's own bridge on the subnet that flannel has for this host. Docker starts anew, and its containers with it, only for another one.

converge() {
    local found
    wait_for 90 unit_is active docker.service || fail "docker.service does not run" "see 'journalctl -u docker.service'"
    if ! "$helper" docker-fits; then
        quietly systemctl start "$renewal_unit.service" ||
            fail "Docker does not start with flannel's subnet: $(journal_says docker.service -iE 'level=(error|fatal)|failed|conflict')" \
                "see 'journalctl -u docker.service -u $renewal_unit' on $node"
        changed "started docker.service anew on $(subnet)"
    fi
    wait_for 60 is_on_lease || {
        found=$(bridge)
        fail "Docker's bridge is ${found:-not there}, and flannel's subnet for this host is $(subnet)" \
            "see 'docker network inspect bridge' and 'journalctl -u docker.service' on $node"
    }
}

subnet() { sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env; }

bridge() { ip -4 -o addr show dev docker0 2>/dev/null | awk '{print $4}' | paste -sd ' '; }

is_on_lease() { unit_is active docker.service && "$helper" docker-fits && [ "$(bridge)" = "$(subnet)" ]; }

# Where Docker stays, it has its own bridge again; where it goes too, it does so after this.
undo() {
    # First, so that nobody brings Docker to flannel's subnet again meanwhile.
    drop_docker_options
    quietly systemctl stop "$renewal_unit.service" || true
    ! unit_is active docker.service || ! told_bridge || leave_lease
}

told_bridge() { [[ "$(tr '\0' ' ' <"/proc/$(systemctl show -p MainPID docker.service | cut -d= -f2)/cmdline")" == *--ip-masq=* ]]; }

# Its store has the bridge as it was, also where that is deleted, and is asked when nobody says otherwise: so it is told once.
leave_lease() {
    local ids=() id policy back=() once
    mapfile -t ids < <(timeout 60 docker -H unix:///run/docker.sock ps -q)
    for id in "${ids[@]}"; do
        policy=$(docker -H unix:///run/docker.sock inspect -f '{{.HostConfig.RestartPolicy.Name}}' "$id")
        [[ $policy == @(|no) ]] || back+=("$id")
    done
    [ "${#ids[@]}" = 0 ] || quietly timeout 300 docker -H unix:///run/docker.sock stop --time 20 "${ids[@]}"
    once=$unit_run/docker.service.d/datacentre-once.conf
    mkdir -p "${once%/*}"
    printf '[Service]\nExecStart=\n%s --bip=172.17.0.1/16\n' "$(docker_start)" >"$once"
    reload_units
    quietly systemctl restart docker.service
    rm -f "$once" && { rmdir "${once%/*}" 2>/dev/null || true; }
    reload_units
    changed "started docker.service anew on a bridge of its own"
    [ "${#back[@]}" = 0 ] || quietly docker -H unix:///run/docker.sock start "${back[@]}" || notes+=("not all containers that ran could be started again: see 'docker ps -a'")
}
