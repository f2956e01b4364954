# shellcheck shell=bash
# The cluster store: where engines keep the networks that they have in common. Only with networks of that kind described.

store_helper=/usr/local/lib/datacentre/await-store
store_drop_in=/etc/systemd/system/docker.service.d/datacentre.conf
store_flag=/run/datacentre/docker-without-store

# Asked before anything is changed: dockerd itself starts with a store that does not answer, and says nothing.
check_store() {
    local version codes
    check_networks
    [ -n "$cluster_store" ] || return 0
    version=$(dockerd --version | sed -nE 's/^Docker version ([0-9]+[0-9.]*).*/\1/p')
    [ "${version%%.*}" -lt 23 ] ||
        fail "Docker $version has no cluster store any more, which the networks in datacentre:calico.dockerNetworks need" \
            "use datacentre:versions.docker \"20.10\", or describe them in datacentre:calico.networks for the Mesos containerizer"
    ! wait_for 30 store_answers || return 0
    codes=$(store_codes)
    case $codes in
        *404*) fail "etcd answers without its v2 API, which Docker's cluster store is kept in" "set datacentre:etcd.v2Api: true" ;;
        *500*) fail "etcd, Docker's cluster store, has no majority: ${codes//$'\n'/, }" \
            "bring its members back: 'systemctl status etcd' on each of them" ;;
        *) fail "etcd, Docker's cluster store, is not reached: ${codes//$'\n'/, }" \
            "see 'systemctl status etcd' on its members, and whether this host reaches their client port" ;;
    esac
}

# The answer is one of the majority's.
store_codes() {
    local url
    for url in "${store_members[@]}"; do
        printf '%s says %s\n' "$url" \
            "$(curl -s -o /dev/null --noproxy '*' --max-time 9 -w '%{http_code}' "$url/v2/keys/?quorum=true" || true)"
    done
}

store_answers() { [[ "$(store_codes)" == *' says 200'* ]]; }

# A container in a network of a store that the engine is to forget would keep its address for ever.
check_networks() {
    local former member used
    former=$(sed -nE 's/.*"cluster-store"[[:space:]]*:[[:space:]]*"[a-z]+:\/\/([^"\/]*).*/\1/p' "$config" 2>/dev/null | head -n 1) || true
    for member in ${former//,/ }; do
        [[ "$cluster_store," != *[/,]"$member,"* ]] || return 0
    done
    [ -n "$former" ] && unit_is active docker.service || return 0
    used=$(local_users) || return 0
    [ -z "$used" ] || fail "containers here are in networks of the store $former, which the engine would forget: ${used//$'\n'/, }" \
        "take the apps with these networks out first, and run 'make up' once more for the networks"
}

# "container in network", a line each, of the containers of this host.
local_users() {
    local network
    timeout 30 docker network ls -q --filter scope=global 2>/dev/null | while read -r network; do
        timeout 30 docker network inspect "$network" \
            --format '{{$name := .Name}}{{range $id, $one := .Containers}}{{$id}} {{$one.Name}} in {{$name}}{{println}}{{end}}' 2>/dev/null
    done | sed -nE '/^ep-/d; s/^[0-9a-f]+ //p'
}

put_store() {
    if [ -z "$cluster_store" ]; then
        drop_store
        return
    fi
    put_file "$store_helper" 0755 root:root "$await_store"
    put_file "$store_drop_in" 0644 root:root "$store_unit"
    # It started while the store did not answer. Now it does, and a restart makes up for that.
    [ ! -e "$store_flag" ] || rm -f "$state/applied/docker.service"
}

drop_store() {
    restore "$store_drop_in" "$store_helper"
    drop_dirs "${store_drop_in%/*}" "${store_helper%/*}"
    rm -f "$store_flag"
}
