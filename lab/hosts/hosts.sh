#!/usr/bin/env bash
# Bare systemd hosts on this machine's Docker engine, made without Pulumi: what the provider `existing` is tried on.
#   hosts.sh up     --prefix P --subnet CIDR --count N [--image bare|current|IMAGE] --key PUBKEYFILE [--host-key-dir DIR] [--mtu BYTES]
#   hosts.sh status --prefix P
#   hosts.sh down   --prefix P
# `up` and `status` print a JSON list of {name,address,user,port,hostKey} on stdout. Everything made carries the label
# org.datacentre.hosts=P, and `down` removes by that label alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

[ $# -ge 1 ] || usage
verb=$1
shift
prefix="" subnet="" count="" image=current key="" host_key_dir="" mtu=""
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
        --prefix) prefix=$2 ;;
        --subnet) subnet=$2 ;;
        --count) count=$2 ;;
        --image) image=$2 ;;
        --key) key=$2 ;;
        --host-key-dir) host_key_dir=$2 ;;
        --mtu) mtu=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[[ $prefix =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?$ ]] || fail "--prefix '$prefix' is not a name" "use lower-case letters, digits and inner hyphens"
label=org.datacentre.hosts
host_key_dir=${host_key_dir:-$DATACENTRE_HOME/lab-hosts/$prefix}
docker_answers || fail "no Docker engine answers" "run lab/docker/start.sh"

# number DOTTED and dotted NUMBER: an IPv4 address as a number and back.
number() {
    local a b c d
    IFS=. read -r a b c d <<<"$1"
    echo $((a << 24 | b << 16 | c << 8 | d))
}
dotted() { echo "$(($1 >> 24 & 255)).$(($1 >> 16 & 255)).$(($1 >> 8 & 255)).$(($1 & 255))"; }

make_network() {
    ! docker network inspect "$prefix" >/dev/null 2>&1 || return 0
    docker network create --driver bridge --subnet "$subnet" --gateway "$(dotted "$gateway")" --label "$label=$prefix" \
        --opt "com.docker.network.driver.mtu=${mtu:-$(uplink_mtu)}" "$prefix" >/dev/null ||
        fail "the network $prefix ($subnet) could not be made" "choose a --subnet that no other network of this machine uses (docker network ls, ip route)"
}

make_host() {
    local name=$1 address=$2 others=("${@:3}") host_key=$host_key_dir/$1_ed25519 volume
    # One that was made and never started is what an interrupted run left: it may lack its keys.
    case $(docker container inspect -f '{{.State.Status}}' "$name" 2>/dev/null || true) in
        "") ;;
        created) docker rm "$name" >/dev/null ;;
        *)
            docker start "$name" >/dev/null
            return
            ;;
    esac
    [ -s "$host_key" ] || ssh-keygen -q -t ed25519 -N "" -C "$name" -f "$host_key"
    for volume in data docker mnt; do
        docker volume create --label "$label=$prefix" "$name-$volume" >/dev/null
    done
    # Engine data needs volumes: overlay2 does not stack on the container's own overlay. Both places that are used have one.
    docker create --name "$name" --hostname "$name" --label "$label=$prefix" --privileged --cgroupns host \
        --volume /sys/fs/cgroup:/sys/fs/cgroup:rw --tmpfs /run --tmpfs /run/lock --sysctl net.ipv6.conf.all.disable_ipv6=0 \
        --network "$prefix" --ip "$address" "${others[@]}" --restart no --stop-signal SIGRTMIN+3 \
        --volume "$name-data:/data" --volume "$name-docker:/var/lib/docker" --volume "$name-mnt:/mnt/docker-data" \
        "$image" >/dev/null
    local stage_dir
    stage_dir=$(mktemp -d)
    mkdir -p "$stage_dir/etc/ssh" "$stage_dir/root/.ssh"
    install -m 0600 "$host_key" "$stage_dir/etc/ssh/ssh_host_ed25519_key"
    install -m 0644 "$host_key.pub" "$stage_dir/etc/ssh/ssh_host_ed25519_key.pub"
    install -m 0600 "$key" "$stage_dir/root/.ssh/authorized_keys"
    # Named files only: a whole tree would lay the stage's directory modes over the host's.
    tar -C "$stage_dir" --owner=0 --group=0 -c etc/ssh/ssh_host_ed25519_key etc/ssh/ssh_host_ed25519_key.pub root/.ssh/authorized_keys |
        docker cp - "$name:/"
    rm -rf "$stage_dir"
    docker start "$name" >/dev/null
}

# ssh_ready ADDRESS: whether a server greets there. The greeting is enough; keys are the caller's business.
ssh_ready() {
    local greeting=""
    { read -r -t 2 greeting 3<>"/dev/tcp/$1/22" <&3; } 2>/dev/null || true
    [[ $greeting == SSH-* ]]
}

print_hosts() {
    local first=1 name address
    printf '['
    while read -r name; do
        [ -n "$name" ] || continue
        address=$(docker inspect -f "{{with index .NetworkSettings.Networks \"$prefix\"}}{{.IPAMConfig.IPv4Address}}{{end}}" "$name")
        [ "$first" = 1 ] || printf ','
        first=0
        printf '\n  {"name": "%s", "address": "%s", "user": "root", "port": 22, "hostKey": "%s"}' "$name" "$address" \
            "$(docker exec "$name" cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null || cut -d' ' -f1,2 "$host_key_dir/${name}_ed25519.pub")"
    done < <(docker ps -a --filter "label=$label=$prefix" --format '{{.Names}}' | sort -V)
    printf '\n]\n'
}

up() {
    [[ $count =~ ^[1-9][0-9]?$ ]] || fail "--count '$count' is not a number from 1 to 99"
    [[ $subnet =~ ^([0-9]+\.){3}[0-9]+/[0-9]+$ ]] || fail "--subnet '$subnet' is not an IPv4 network" "give one such as 172.19.5.0/24"
    [ -s "$key" ] || fail "--key '$key' is not a public key file" "give the .pub file of the key that is to log in"
    case $image in bare | current) image=datacentre-host:$image ;; esac
    docker image inspect "$image" >/dev/null 2>&1 || fail "there is no image $image" "run lab/host-image/build.sh"
    local bits=${subnet#*/} base index address others=()
    ((bits >= 8 && count <= (1 << (32 - bits)) - 3)) || fail "--subnet $subnet has no room for $count hosts" "give a larger one"
    base=$(($(number "${subnet%/*}") & (0xffffffff << (32 - bits))))
    gateway=$((base + (1 << (32 - bits)) - 2))
    mkdir -p "$host_key_dir"
    chmod 700 "$host_key_dir"
    lock "hosts-$prefix" 300
    make_network
    for ((index = 1; index <= count; index++)); do
        others+=(--add-host "$prefix-node$index:$(dotted $((base + index)))")
    done
    for ((index = 1; index <= count; index++)); do
        make_host "$prefix-node$index" "$(dotted $((base + index)))" "${others[@]}"
    done
    local deadline=$((SECONDS + 60))
    for ((index = 1; index <= count; index++)); do
        address=$(dotted $((base + index)))
        until ssh_ready "$address"; do
            ((SECONDS < deadline)) || fail "ssh on $prefix-node$index ($address) did not answer within 60 s" \
                "see: docker exec $prefix-node$index systemctl --failed; docker exec $prefix-node$index journalctl -b"
            sleep 0.2
        done
    done
    say "$count hosts answer on ssh after $SECONDS s"
    print_hosts
}

down() {
    local ids
    mapfile -t ids < <(docker ps -aq --filter "label=$label=$prefix")
    [ "${#ids[@]}" -eq 0 ] || docker rm -f -v "${ids[@]}" >/dev/null
    mapfile -t ids < <(docker volume ls -q --filter "label=$label=$prefix")
    [ "${#ids[@]}" -eq 0 ] || docker volume rm "${ids[@]}" >/dev/null
    mapfile -t ids < <(docker network ls -q --filter "label=$label=$prefix")
    [ "${#ids[@]}" -eq 0 ] || docker network rm "${ids[@]}" >/dev/null
    # Keys that this script made where it chose to; a directory that was given is the caller's.
    rm -rf "${DATACENTRE_HOME:?}/lab-hosts/$prefix"
}

case $verb in
    up) up ;;
    status) print_hosts ;;
    down) down ;;
    *) usage ;;
esac
