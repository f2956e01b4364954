#!/usr/bin/env bash
# Tries what build.sh made, in a container of the lab's host image: what the programs say of their versions, and whether an apiserver
# on etcd is ready and the controller manager and scheduler get their leases from it. Ends with an error where something is not so.
#   smoke.sh [VERSION]
set -euo pipefail
if [ "${1:-}" != inside ]; then
    root=$(cd "$(dirname "$0")" && pwd)
    # shellcheck source=common.sh
    . "$root/common.sh"
    choose_version "${1:-}"
    folder=$("$root/build.sh" "$version")
    image=$("$root/../host-image/build.sh")
    exec docker run --rm -v "$folder/kubernetes-server-$version.tar.gz:/given.tar.gz:ro" -v "$root/smoke.sh:/smoke:ro" "${image##* }" \
        bash /smoke inside "$version" "$coredns"
fi

version=$2 coredns=$3 work=/tmp/smoke
bin=$work/kubernetes/server/bin
mkdir -p $work
tar -C $work -xzf /given.tar.gz

failed=0
# says WHAT WANTED COMMAND...
says() {
    local what=$1 wanted=$2 said
    shift 2
    said=$("$@" 2>&1 | tail -n 1) || true
    if [[ $said == *"$wanted"* ]]; then
        echo "ok    $what: $said"
    else
        echo "WRONG $what: $said, not $wanted"
        failed=1
    fi
}

# from IMAGE: its files, below $work/IMAGE
from() {
    mkdir -p "$work/$1"
    tar -C "$work/$1" -xf "$bin/$1.tar"
    tar -C "$work/$1" -xf "$work/$1"/*/layer.tar
}

for image in kube-apiserver kube-controller-manager kube-scheduler pause coredns; do
    from "$image"
    says "$image.tar" "$(cat "$bin/$image.docker_tag")" grep -o '"RepoTags":\[[^]]*' "$work/$image/manifest.json"
done
for program in "$bin"/{kubelet,kube-proxy} "$work"/kube-*/usr/local/bin/*; do says "${program##*/}" "Kubernetes v$version" "$program" --version; done
says kubectl "gitVersion: v$version" bash -c "$bin/kubectl version --client -o yaml | grep gitVersion"
says coredns "CoreDNS-$coredns" bash -c "$work/coredns/coredns -version | head -n 1"
says pause "pause of the lab" "$work/pause/pause" -v

cd $work
openssl genrsa -out sa.key 2048 2>/dev/null
printf 'smoke,admin,1,system:masters\n' >tokens
etcd --data-dir $work/etcd >etcd.log 2>&1 &
kube-apiserver/usr/local/bin/kube-apiserver --etcd-servers=http://127.0.0.1:2379 --service-cluster-ip-range=10.0.201.0/24 --cert-dir=$work/certs \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=sa.key --service-account-signing-key-file=sa.key \
    --authorization-mode=Node,RBAC --token-auth-file=tokens >apiserver.log 2>&1 &
begun=$SECONDS
until [ "$(curl -sk https://127.0.0.1:6443/readyz)" = ok ] || ((SECONDS - begun > 90)); do sleep 0.5; done
says "kube-apiserver's /readyz after $((SECONDS - begun)) s" ok curl -sk https://127.0.0.1:6443/readyz
[ "$failed" = 0 ] || tail -n 20 apiserver.log
kubectl=("$bin/kubectl" --server https://127.0.0.1:6443 --insecure-skip-tls-verify --token smoke)
says "kube-apiserver's version" "v$version" "${kubectl[@]}" version
cat >kubeconfig <<'END'
apiVersion: v1
kind: Config
clusters: [{ name: it, cluster: { server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true } }]
users: [{ name: it, user: { token: smoke } }]
contexts: [{ name: it, context: { cluster: it, user: it } }]
current-context: it
END
for program in kube-controller-manager kube-scheduler; do "$program/usr/local/bin/$program" --kubeconfig=kubeconfig >"$program.log" 2>&1 & done
begun=$SECONDS
leases() { "${kubectl[@]}" -n kube-system get lease kube-controller-manager kube-scheduler -o name; }
until leases >/dev/null 2>&1 || ((SECONDS - begun > 60)); do sleep 0.5; done
says "leases after $((SECONDS - begun)) s" lease.coordination.k8s.io/kube-scheduler leases
exit "$failed"
