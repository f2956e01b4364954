# shellcheck shell=bash
# Static pods of a master: their descriptions, each with a mark of what it reads besides, and whether they run with just that.

manifests=/etc/kubernetes/manifests

# What a pod reads and its description does not say, with that: it is started anew with another one.
inputs_of() { # NAME DESCRIPTION
    local files=()
    case $1 in
        kube-apiserver)
            files=("$pki"/{authority,front-proxy-authority,apiserver,apiserver-kubelet-client,front-proxy-client}.crt "$pki/service-accounts.pub" /etc/kubernetes/apiserver/*.yaml)
            [ -z "$etcd_files" ] || files+=("$etcd_files"/*.crt)
            ;;
        kube-controller-manager) files=("$pki"/{authority,front-proxy-authority,controller-manager}.crt "$pki/service-accounts.pub" /etc/kubernetes/controller-manager.conf) ;;
        kube-scheduler) files=("$pki"/{authority,scheduler}.crt /etc/kubernetes/scheduler.conf) ;;
    esac
    { cat "${files[@]}" && archive_is && printf '%s' "$2"; } | sha256sum | cut -c 1-32
}

put_static_pods() {
    local i name
    put_dir "$manifests" 0700 root:root
    for ((i = 0; i < ${#static_pods[@]}; i += 2)); do
        name=${static_pods[i]##*/} name=${name%.yaml}
        put_file "${static_pods[i]}" 0600 root:root "${static_pods[i + 1]//@INPUTS@/$(inputs_of "$name" "${static_pods[i + 1]}")}"
    done
}

# The pods that run are those that are described.
await_static_pods() {
    local i name
    for ((i = 0; i < ${#static_pods[@]}; i += 2)); do
        name=${static_pods[i]##*/} name=${name%.yaml}
        wait_for 240 pod_is_up "$name" || explain_pod "$name"
    done
}

pod_is_up() { # NAME
    case $1 in
        kube-apiserver) runs_with "$1" && [ "$(curl -s --noproxy '*' --max-time 5 --cacert "$pki/authority.crt" "https://$address:$api_port/readyz")" = ok ] ;;
        kube-controller-manager) runs_with "$1" && [ "$(curl -sk --noproxy '*' --max-time 5 https://127.0.0.1:10257/healthz)" = ok ] ;;
        kube-scheduler) runs_with "$1" && [ "$(curl -sk --noproxy '*' --max-time 5 https://127.0.0.1:10259/healthz)" = ok ] ;;
    esac
}

# A container of that name runs, and was started with what is in the file.
runs_with() { # NAME
    local mark id
    mark=$(sed -n 's/.*DATACENTRE_INPUTS, value: "\(.*\)".*/\1/p' "$manifests/$1.yaml")
    for id in $(ctr containers list -q "labels.\"io.kubernetes.container.name\"==$1" 2>/dev/null); do
        ctr containers info "$id" 2>/dev/null | grep -F "DATACENTRE_INPUTS=$mark" >/dev/null || continue
        ! ctr tasks list 2>/dev/null | awk -v id="$id" '$1 == id && $3 == "RUNNING" {found = 1} END {exit !found}' || return 0
    done
    return 1
}

explain_pod() { # NAME
    local why
    why=$({ cat /var/log/pods/kube-system_"$1"-*/*/*.log 2>/dev/null | tail -n 200 | grep -E ' [EF][0-9]{4} |[Ee]rror|panic|unknown flag' || true; } | tail -n 2 | cut -c 40-400 | tr '\n' ' ')
    [ -n "$why" ] || why=$(journal_says kubelet -E "$1|E[0-9]{4}")
    fail "$1 is not up with what is described after 240 s${why:+; it says: $why}" "see 'journalctl -u kubelet' and /var/log/pods/kube-system_$1-* on $node, and etcd's health"
}
