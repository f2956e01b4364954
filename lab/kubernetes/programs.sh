# shellcheck shell=bash
# Building the real programs from their Go modules. Sourced, after common.sh and choose_version; each is given the folder to fill.

kubernetes_programs() {
    need_go "v$minor"
    cd "$root/v$minor" || return
    local mains=("$KUBERNETES_SOURCE"/cmd/{kubelet,kube-proxy,kubectl,kube-apiserver,kube-controller-manager,kube-scheduler}
        k8s.io/component-base/logs/kube-log-runner) main name value stamps=""
    go_download Kubernetes "" "${mains[@]}"
    # As Kubernetes' hack/lib/version.sh stamps them. The proxy tells no commit.
    for value in "gitVersion=v$version" "gitMajor=${minor%.*}" "gitMinor=${minor#*.}" gitCommit=unknown gitTreeState=archive \
        "buildDate=$(released "$KUBERNETES_SOURCE")"; do
        for name in k8s.io/component-base/version k8s.io/client-go/pkg/version; do stamps+=" -X $name.$value"; done
    done
    for main in "${mains[@]}"; do go_compile "$1/${main##*/}" "$stamps" "" "$main"; done
}

coredns_program() {
    need_go coredns
    cd "$root/coredns" || return
    go_download CoreDNS "" "$COREDNS_SOURCE"
    go_compile "$1/coredns" "-X $COREDNS_SOURCE/coremain.GitCommit=lab" "" "$COREDNS_SOURCE"
}
