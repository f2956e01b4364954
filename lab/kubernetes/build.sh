#!/usr/bin/env bash
# Makes what the lab has of Kubernetes, each part built anew only when it changed, and prints the folder that holds
# kubernetes-server-VERSION.tar.gz, which is laid out as Kubernetes' own kubernetes-server-linux-amd64.tar.gz.
#   build.sh [VERSION]     1.36 (the default), 1.35, or such a version whole
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=common.sh
. "$root/common.sh"
# shellcheck source=programs.sh
. "$root/programs.sh"
choose_version "${1:-}"

cache=$DATACENTRE_CACHE/kubernetes
platform=$(uname -m)

# save_image NAME TAG... -- OPTION...: NAME.tar and NAME.docker_tag
save_image() {
    local name=$1 options=() first=${2##*:}
    shift
    while [ "$1" != -- ]; do
        options+=(-tag "$1")
        shift
    done
    shift
    "$pack" -to "$bin/$name.tar" -created "$created" -label org.datacentre.lab=kubernetes "${options[@]}" "$@"
    printf '%s\n' "$first" >"$bin/$name.docker_tag"
}

archive() {
    local to=$1 name bin pack created pause options binds
    local source
    need_go own
    (cd "$root/own" && "$go" build -trimpath -buildvcs=false -o "$to/pack" ./pack) || fail "lab/kubernetes/own/pack did not build" "see above"
    pack=$to/pack bin=$to/kubernetes/server/bin
    mkdir -p "$bin"
    source=$("$go" -C "$root/v$minor" list -m -f '{{.Dir}}' "$KUBERNETES_SOURCE") || source=none
    created=$(cd "$root/v$minor" && released "$KUBERNETES_SOURCE")
    # The version that goes with it, as kubeadm has it.
    pause=$(sed -n 's/^[[:space:]]*PauseVersion = "\(.*\)"$/\1/p' "$source/cmd/kubeadm/app/constants/constants.go")
    [ -n "$pause" ] || fail "Kubernetes' source is not in Go's module cache" "run lab/kubernetes/build.sh where Go reaches its module proxy"
    (cd "$root/own" && "$go" build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$pause" -o "$to/pause" ./pause) ||
        fail "lab/kubernetes/own/pause did not build" "see above"

    cp "$programs"/{kubelet,kube-proxy,kubectl} "$bin/"
    for name in kube-apiserver kube-controller-manager kube-scheduler; do
        binds=()
        [ "$name" != kube-apiserver ] || binds=(-binds "/usr/local/bin/$name")
        save_image "$name" "registry.k8s.io/$name-$("$go" env GOARCH):v$version" -- -entrypoint /go-runner "${binds[@]}" \
            -label "org.datacentre.lab.note=The real $name $version, built from its Go module and packed by the lab; not Kubernetes' own image" \
            "/usr/local/bin/$name=$programs/$name" "/go-runner=$programs/kube-log-runner"
    done
    # containerd's own default is 3.10.
    save_image pause "registry.k8s.io/pause:$pause" registry.k8s.io/pause:3.10 -- -entrypoint /pause -user 65535:65535 \
        -label "org.datacentre.lab.note=The lab's own program; not Kubernetes' pause" "/pause=$to/pause"
    save_image coredns "registry.k8s.io/coredns/coredns:v$coredns" -- -entrypoint /coredns -user 65532:65532 -binds /coredns \
        -label "org.datacentre.lab.note=The real CoreDNS $coredns, built from its Go module and packed by the lab; not its makers' image" \
        "/coredns=$coredns_built/coredns"
    printf 'Kubernetes %s and CoreDNS %s, built from their Go modules by lab/kubernetes; the program pause is the lab'\''s own.\n' \
        "$version" "$coredns" >"$to/kubernetes/BUILT-BY-THE-LAB"
    tar -C "$to" --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' -c kubernetes |
        nice gzip -n -3 >"$to/kubernetes-server-$version.tar.gz"
    rm -rf "$to/kubernetes" "$to/pack" "$to/pause"
}

# What every hash here depends on.
shared=("$root"/{common,programs}.sh "$root"/../build/{go,publish}.sh)
own=("$root"/own/go.mod "$root"/own/pause/main.go "$root"/own/pack/{main,image,layer}.go)
programs=$(once "$cache/programs-v$minor-$(content_hash "$platform" "${shared[@]}" "$root/v$minor"/{go.mod,go.sum,tools.go})" \
    "Kubernetes $version, its programs from its Go module (about 8 min on 2 cores, once)" kubernetes_programs)
coredns_built=$(once "$cache/coredns-$(content_hash "$platform" "${shared[@]}" "$root/coredns"/{go.mod,go.sum,tools.go})" \
    "CoreDNS $coredns from its Go module (about 2 min on 2 cores, once)" coredns_program)
once "$cache/archive-v$minor-$(content_hash "$programs $coredns_built" "${shared[@]}" "$root/build.sh" "${own[@]}")" \
    "Kubernetes $version, its archive" archive
