#!/bin/bash
# Run by systemd around flanneld and before dockerd: what on this host goes by the subnet that flannel has for it.
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
    cat <<END
{
    "cniVersion": "1.0.0",
    "name": "flannel",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": true,
            "isDefaultGateway": true,
            "hairpinMode": true,
            "ipMasq": $masquerade,
            "mtu": $(value MTU),
            "ipam": {"type": "host-local", "ranges": [[{"subnet": "${address%.*}.$((${address##*.} - 1))/${subnet#*/}"}]]}
        },
        {"type": "portmap", "capabilities": {"portMappings": true}}
    ]
}
END
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

case ${1:-} in
    prepare) prepare ;;
    leased) leased "${@:2}" ;;
    docker-options) docker_options ;;
    docker-fits) docker_fits ;;
    renew-docker) renew_docker ;;
    *) echo "usage: flannel prepare|leased|docker-options|docker-fits|renew-docker" >&2; exit 2 ;;
esac
