# shellcheck shell=bash
# One Docker network that all engines of the cluster store know.

export DOCKER_HOST=unix:///run/docker.sock
export -n DOCKER_CONTEXT
# Under which id we made or found it, for an undo by an engine that has no store any more.
record=$state/docker-networks/$name
id=

converge() {
    check_engine
    find_ours
    # What a killed engine was about to remove Docker shows no more, and removes when one starts.
    if [ -n "$id" ] && [ "$(described "$id")" != "$described_lines" ]; then
        refuse_change "$id"
        remove_network "$id" "had other settings"
        id=
    fi
    if [ -z "$id" ]; then
        create_network
        find_ours
    fi
    { [ -n "$id" ] && [ "$(described "$id")" = "$described_lines" ]; } ||
        fail "Docker made network $name, and it is not as described: $(in_words "$(described "${id:-$name}")")" \
            "see 'docker network inspect $name' and 'journalctl -u docker' on the host"
    mkdir -p "${record%/*}" && printf '%s' "$id" >"$record"
    take_over || fail "etcd does not take a key" "see 'systemctl status etcd' on its members"
}

engine_store() { timeout 20 docker info --format '{{.ClusterStore}}' 2>>"$log" || true; }

check_engine() {
    [ -n "$(engine_store)" ] ||
        fail "the engine does not answer, or has no cluster store" "run the whole stack: its 'docker' step sees to both"
    # Without its store an engine says that there are no such networks.
    wait_for 30 store_call GET '' ||
        fail "the engine's cluster store does not answer" "see 'systemctl status etcd' on its members; datacentre:etcd.v2Api must be true"
}

# "id scope", a line for each network of that name: Docker takes a name twice when two engines make it at once.
networks_named() {
    timeout 30 docker network ls --no-trunc --format '{{.ID}} {{.Scope}} {{.Name}}' |
        awk -v name="$name" '$3 == name {print $1, $2}'
}

whose() { inspect "$1" "{{index .Labels \"$owner_label\"}}"; } # ID

# Sets id to our network's, or to nothing where there is none of that name. Any other in its place is refused.
find_ours() {
    local found scope owned
    id=
    mapfile -t found < <(networks_named)
    [ "${#found[@]}" -gt 0 ] || return 0
    [ "${#found[@]}" = 1 ] ||
        fail "Docker has ${#found[@]} networks called $name: $(in_words "$(printf '%s\n' "${found[@]}")")" \
            "remove those that no container is in, by their ids: 'docker network rm ID'"
    read -r id scope <<<"${found[0]}"
    owned=$(whose "$id")
    [ "$owned" = "$owner" ] ||
        fail "a network $name is there already, with driver $(inspect "$id" '{{.Driver}}') and $scope scope, and is ${owned:-nobody}'s, not ours" \
            "give ours another name in datacentre:calico.dockerNetworks, or remove that one: 'docker network rm $name'"
}

inspect() { timeout 30 docker network inspect --format "$2" "$1" 2>>"$log" || true; } # ID FORMAT

# What a network is, in the words of plan.ts.
described() { # ID
    inspect "$1" 'driver {{.Driver}}
scope {{.Scope}}
ipam driver {{.IPAM.Driver}}{{range .IPAM.Config}}
subnet {{.Subnet}}{{end}}{{range $key, $value := .Options}}
option {{$key}}={{$value}}{{end}}{{if .EnableIPv6}}
IPv6{{end}}{{if .Internal}}
internal{{end}}'
}

# Names of containers that are in it, on any node; other engines' are known by their endpoints.
users() { # ID
    inspect "$1" '{{range $id, $one := .Containers}}{{$id}} {{$one.Name}}{{println}}{{end}}' |
        sed -nE 's/^ep-[0-9a-f]+ (.*)/\1 (on another node)/p; s/^[0-9a-f]+ (.*)/\1 (here)/p'
}

in_words() { local text=${1//$'\n'/, }; printf '%.300s' "$text"; }

# What was there and is not wanted, then what is wanted and was not there.
differences() { # ID
    diff <(described "$1" | sort) <(printf '%s\n' "$described_lines" | sort) | sed -nE 's/^< (.*)/has \1/p; s/^> (.*)/is to have \1/p' || true
}

refuse_change() { # ID
    local used
    used=$(users "$1")
    [ -z "$used" ] ||
        fail "network $name $(in_words "$(differences "$1")"), and containers are in it: $(in_words "$used")" \
            "give the new settings another name in datacentre:calico.dockerNetworks, or stop these containers first: a network cannot be changed"
}

create_network() {
    local answer said=()
    if ! answer=$(timeout 120 docker network create "${create_words[@]}" 2>&1); then
        printf '%s\n' "$answer" >>"$log"
        mapfile -t said < <(network_diagnosis "${answer#Error response from daemon: }")
        fail "${said[0]}" "${said[1]}"
    fi
    changed "made network $name ($subnet)"
}

remove_network() { # ID WHY
    local used answer
    # Containers that were stopped a moment ago may still be leaving.
    wait_for 30 unused "$1" || true
    used=$(users "$1")
    [ -z "$used" ] ||
        fail "containers are still in network $name: $(in_words "$used")" \
            "stop them ('docker ps --filter network=$name' on each node); one that is nowhere any more: 'docker network disconnect -f $name NAME'"
    answer=$(timeout 60 docker network rm "$1" 2>&1) ||
        fail "Docker does not remove network $name: ${answer:0:300}" "see 'docker network inspect $name' on the host"
    changed "removed network $name${2:+, which $2}"
}

unused() { [ -z "$(users "$1")" ]; }

undo() {
    local keeps scope
    keeps=$(keeper)
    if [ -n "$keeps" ] && [ "$keeps" != "$node" ]; then
        notes+=("network $name stays: $keeps sees to it now")
    else
        if [ -z "$(engine_store)" ]; then
            forget_network
        else
            check_engine
            while read -r id scope; do
                [ "$(whose "$id")" != "$owner" ] || remove_network "$id" ''
            done < <(networks_named)
        fi
        leave
    fi
    rm -f "$record"
    rmdir "${record%/*}" 2>/dev/null || true
}

networks_key=docker/network/v1.0

# An engine that has left the store cannot remove what is in it. No engine shows it any more; here go its keys.
forget_network() {
    local key
    id=$(cat "$record" 2>/dev/null || true)
    [ -n "$id" ] || return 0
    if ! store_call GET "$networks_key/network/$id" >/dev/null; then
        notes+=("the engine has no cluster store any more, and no member of the former one knows network $name")
        return 0
    fi
    for key in "network/$id" "endpoint_count/$id" "endpoint/$id?recursive=true"; do
        store_call DELETE "$networks_key/$key" >/dev/null || true
    done
    changed "removed network $name from the former cluster store"
}
