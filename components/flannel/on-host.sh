#!/bin/bash
# Run by systemd around and beside flanneld, and before dockerd: what on this host goes by the subnet that flannel has for it.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
lease=/run/flannel/subnet.env
# /run is gone with a reboot. By this copy flanneld asks for the same subnet, and Docker has one while etcd is away.
kept=/var/lib/datacentre-flannel/subnet.env
options=/run/flannel/docker.env
drop_in=/etc/systemd/system/docker.service.d/datacentre-flannel.conf
# Containers that a renewal of Docker has ended and is to start again.
ended=/run/flannel/ended-containers
network_file=/etc/cni/net.d/10-datacentre-flannel.conflist
export DOCKER_HOST=unix:///run/docker.sock

value() { sed -n "s/^FLANNEL_$1=//p" "$lease" 2>/dev/null | tail -n 1; } # NETWORK|SUBNET|MTU|IPMASQ

prepare() {
    modprobe -q br_netfilter
    modprobe -q vxlan
    echo 1 >/proc/sys/net/ipv4/ip_forward
    mkdir -p "${lease%/*}"
    [ -s "$lease" ] || [ ! -s "$kept" ] || cp "$kept" "$lease"
    return 0
}

leased() { # docker|pods...
    local user
    mkdir -p "${kept%/*}"
    cp "$lease" "$kept.new" && mv "$kept.new" "$kept"
    [ "$(value IPMASQ)" = true ] || drop_masquerade
    for user in "$@"; do "for_$user"; done
    return 0
}

# What a flanneld that masqueraded has left.
drop_masquerade() {
    iptables -w -t nat -S FLANNEL-POSTRTG >/dev/null 2>&1 || return 0
    iptables -w -t nat -D POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG 2>/dev/null
    iptables -w -t nat -F FLANNEL-POSTRTG
    iptables -w -t nat -X FLANNEL-POSTRTG
}

# --- Docker: its own bridge is on the lease --------------------------------------------------------------------------

# What dockerd is to be told. A key that daemon.json has as well would keep it from starting.
docker_words() {
    local subnet masquerade=true
    subnet=$(value SUBNET)
    [ -n "$subnet" ] || return 0
    # Only one of the two masquerades: by Docker, other hosts would see its gateway instead of the container.
    [ "$(value IPMASQ)" != true ] || masquerade=false
    printf '%s %s' "--bip=$subnet" "--ip-masq=$masquerade"
    grep -qs '"mtu"' /etc/docker/daemon.json || printf ' %s' "--mtu=$(value MTU)"
}

docker_options() {
    mkdir -p "${options%/*}"
    printf 'DATACENTRE_FLANNEL="%s"\n' "$(docker_words)" >"$options.new" && mv "$options.new" "$options"
}

# Whether the dockerd that runs was told just that, if one runs.
docker_fits() {
    local pid told=
    pid=$(systemctl show -p MainPID docker.service)
    [ "${pid#MainPID=}" != 0 ] || return 0
    told=$(tr '\0' '\n' <"/proc/${pid#MainPID=}/cmdline" | grep -E '^--(bip|ip-masq|mtu)=' | paste -sd ' ')
    [ "$told" = "$(docker_words)" ]
}

# Before Docker takes options, the step that gives them to it starts it anew.
for_docker() {
    docker_options
    [ ! -e "$drop_in" ] || docker_fits || systemctl --no-block start datacentre-flannel-docker.service
}

# A dockerd with containers that run keeps its bridge as it is, and their addresses are of a subnet that is another host's by now.
renew_docker() {
    local id policy running=()
    if ! docker_fits; then
        mapfile -t running < <(timeout 60 docker ps -q --no-trunc)
        for id in "${running[@]}"; do
            policy=$(docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' "$id")
            [[ $policy == @(|no) ]] || printf '%s\n' "$id"
        done >>"$ended"
        if [ "${#running[@]}" -gt 0 ]; then
            echo "docker's subnet is $(value SUBNET) now: ${#running[@]} containers end, and those with a restart policy start again"
            timeout 300 docker stop --time 20 "${running[@]}" >/dev/null
        fi
        systemctl restart docker.service || return 1
    fi
    [ -s "$ended" ] || return 0
    while read -r id; do docker start "$id" >/dev/null || echo "container $id does not start"; done < <(sort -u "$ended")
    rm -f "$ended"
}

# --- pods: CNI's bridge is on the lease ------------------------------------------------------------------------------

for_pods() {
    local subnet network
    subnet=$(value SUBNET)
    [ -n "$subnet" ] || return 0
    network=$(cni_network)
    mkdir -p "${network_file%/*}"
    if [ "$(cat "$network_file" 2>/dev/null)" != "$network" ]; then
        printf '%s\n' "$network" >"$network_file.new" && mv "$network_file.new" "$network_file"
    fi
    [ ! -e /sys/class/net/cni0 ] || [ "$(ip -4 -o addr show dev cni0 | awk '{print $4}' | paste -sd ' ')" = "$subnet" ] || renew_pods
}

# flannel's subnet is written as its first address, which is the bridge's.
cni_network() {
    local subnet address masquerade=true
    subnet=$(value SUBNET)
    address=${subnet%/*}
    [ "$(value IPMASQ)" != true ] || masquerade=false
    printf '%s\n' \
        '{' \
        '    "cniVersion": "1.0.0",' \
        '    "name": "flannel",' \
        '    "plugins": [' \
        '        {' \
        '            "type": "bridge",' \
        '            "bridge": "cni0",' \
        '            "isGateway": true,' \
        '            "isDefaultGateway": true,' \
        '            "hairpinMode": true,' \
        "            \"ipMasq\": $masquerade," \
        "            \"mtu\": $(value MTU)," \
        "            \"ipam\": {\"type\": \"host-local\", \"ranges\": [[{\"subnet\": \"${address%.*}.$((${address##*.} - 1))/${subnet#*/}\"}]]}" \
        '        },' \
        '        {"type": "portmap", "capabilities": {"portMappings": true}}' \
        '    ]' \
        '}'
}

# Pods whose sandbox ends are started anew by their kubelet, with an address of the new subnet.
renew_pods() {
    local id
    echo "the pods' subnet is $(value SUBNET) now: pods with an address of another one get a new sandbox"
    ip link delete cni0
    for id in $(ctr -n k8s.io containers ls -q 'labels."io.cri-containerd.kind"==sandbox' 2>/dev/null); do
        ! ctr -n k8s.io containers info "$id" 2>/dev/null | grep -q '/netns/cni-' || ctr -n k8s.io tasks kill -s SIGKILL "$id" 2>/dev/null
    done
}

# --- flanneld: it knows what etcd has --------------------------------------------------------------------------------

# flanneld watches etcd for who has which subnet. 0.28.4 does not come back from some interruptions: it asks for the revision that it
# began with, which etcd has compacted after an hour or so. Asked twice, so that nothing is made of what is just changing.
guard() {
    local wrong before=
    while sleep 20; do
        if ! systemctl -q is-active datacentre-flanneld.service || ! wrong=$(unknown_leases); then
            before=
            continue
        fi
        if [ -n "$wrong" ] && [ -n "$before" ]; then
            echo "flanneld starts anew, since it does not know: ${wrong//$'\n'/, }"
            systemctl restart datacentre-flanneld.service
            wrong=
        fi
        before=$wrong
    done
}

# What etcd has and this host does not go by. Where etcd does not answer, everything stays as it is.
unknown_leases() {
    local answer='' url name text by own
    # Words of the unit's environment.
    # shellcheck disable=SC2086
    for url in $ETCD_URLS; do ! answer=$(curl -fsS --noproxy '*' --max-time 6 $CURL_OPTIONS -d "$SUBNETS" "$url/v3/kv/range" 2>/dev/null) || break; done
    [[ $answer == '{"header"'* ]] || return 1
    own=$(value SUBNET)
    while read -r name && read -r text; do
        name=$(base64 -d <<<"$name") text=$(base64 -d <<<"$text")
        name=${name##*/} name=${name/-//}
        by=$(sed -n 's/.*"PublicIP":"\([0-9.]*\)".*/\1/p' <<<"$text")
        if [ "$by" = "$HOST_ADDRESS" ]; then
            [ "$(first_address "$name")" != "$(value SUBNET)" ] || own=
        elif [[ $text == *"\"BackendType\":\"$BACKEND\""* ]]; then
            knows "$name" "$by" "$(sed -n 's/.*"VtepMAC":"\([0-9a-f:]*\)".*/\1/p' <<<"$text")" || printf '%s of %s\n' "$name" "$by"
        fi
    done < <(grep -oE '"(key|value)":"[^"]*"' <<<"$answer" | cut -d '"' -f 4)
    [ -z "$own" ] || printf 'that its own subnet is not in etcd\n'
}

# 10.0.94.0/24 as flanneld writes it: 10.0.94.1/24.
first_address() {
    local address=${1%/*}
    printf '%s.%s/%s' "${address%.*}" "$((${address##*.} + 1))" "${1#*/}"
}

knows() { # SUBNET ADDRESS MAC
    local route
    route=$(ip -4 route show "$1")
    if [ "$BACKEND" = host-gw ]; then
        [[ "$route " == *" via $2 "* ]]
    else
        [[ "$route " == *" dev $DEVICE "* && "$(ip -4 neigh show to "${1%/*}" dev "$DEVICE") " == *" lladdr $3 "* ]]
    fi
}

case ${1:-} in
    prepare) prepare ;;
    leased) leased "${@:2}" ;;
    docker-options) docker_options ;;
    docker-fits) docker_fits ;;
    renew-docker) renew_docker ;;
    guard) guard ;;
    *) echo "usage: flannel prepare|leased|docker-options|docker-fits|renew-docker|guard" >&2; exit 2 ;;
esac
