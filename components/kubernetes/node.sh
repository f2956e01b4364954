# shellcheck shell=bash
# One node of the cluster: its proxy, its kubelet, and kube-proxy; on masters the static pods before them. Containers go on while the
# kubelet is started anew. A master's API server gets its new version before its kubelet does.

pki=/etc/kubernetes/pki

converge() {
    put_programs
    put_kernel
    await_engine
    put_images
    put_local_proxy
    put_host_words
    if [ -n "$master" ]; then
        put_dir /var/log/kubernetes 0700 root:root
        put_unit_files "${master_files[@]}"
        put_static_pods
        # One that cannot start may be mended by what comes next.
        ! kubelet_healthy || await_static_pods
    fi
    put_kubelet
    [ -z "$master" ] || await_static_pods
    wait_for 120 api_reached || fail "no API server is reached through 127.0.0.1:$proxy_port" "see 'journalctl -u datacentre-kubernetes-proxy' on $node, and whether a packet filter lets it to port $api_port of the masters"
    put_kube_proxy
    drop_others
    mkdir -p "$state" && printf '%s\n' "$version" >"$state/kubernetes-version"
}

await_engine() {
    wait_for 60 ctr version ||
        fail "containerd does not answer" "see 'systemctl status containerd' on $node"
}

api_reached() { [ "$(curl -s --noproxy '*' --max-time 5 --cacert "$pki/authority.crt" "https://127.0.0.1:$proxy_port/readyz")" = ok ]; }

# With the first version of control groups a host that is a container itself shares the tree with others: its pods are below its own.
put_host_words() {
    local group words=KUBELET_HOST=
    group=$(awk -F: '$2 ~ /(^|,)memory(,|$)/ {print $3}' /proc/1/cgroup)
    group=${group%/init.scope}
    if [ -n "$group" ] && [ "$group" != / ] && [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then words="KUBELET_GROUP=$group"$'\n'"KUBELET_HOST=--cgroup-root=$group"; fi
    put_file /etc/kubernetes/kubelet.env 0600 root:root "$words"$'\n'
}

# --- kubelet and kube-proxy ------------------------------------------------------------------------------------------

put_kubelet() {
    local print
    for_unit kubelet
    put_unit_files "${kubelet_files[@]}"
    for_unit
    reload_if_needed kubelet
    print=$(fingerprint "${kubelet_files[@]}" "$version" "$(archive_is)" "$(cat /etc/kubernetes/kubelet.env)" "$(sha256sum <"$pki/authority.crt")" "$(certificate_print "$pki/kubelet-client" "$pki/kubelet")")
    run_unit kubelet "$print"
    wait_for 90 kubelet_healthy || explain_unit kubelet "the kubelet is not healthy 90 s after its start"
    mark_applied kubelet "$print"
}

kubelet_healthy() { unit_is active kubelet && [ "$(curl -s --noproxy '*' --max-time 5 http://127.0.0.1:10248/healthz)" = ok ]; }

put_kube_proxy() {
    local print
    for_unit kube-proxy
    put_unit_files "${kube_proxy_files[@]}"
    for_unit
    reload_if_needed kube-proxy
    print=$(fingerprint "${kube_proxy_files[@]}" "$version" "$(archive_is)" "$(sha256sum <"$pki/authority.crt")" "$(certificate_print "$pki/kube-proxy")")
    run_unit kube-proxy "$print"
    # It says that it is well when it has all services.
    wait_for 90 kube_proxy_healthy || explain_unit kube-proxy "kube-proxy is not healthy 90 s after its start"
    mark_applied kube-proxy "$print"
}

kube_proxy_healthy() { unit_is active kube-proxy && [ "$(curl -s -o /dev/null --noproxy '*' --max-time 5 -w '%{http_code}' "http://$address:10256/livez")" = 200 ]; }

explain_unit() { # UNIT PROBLEM
    local why
    why=$(journal_says "$1" -E '[EF][0-9]{4} |err=|panic|failed')
    fail "$2${why:+; its journal says: $why}" "see 'journalctl -u $1' on $node"
}

put_unit_files() { # [PATH CONTENT]...
    while [ $# -gt 0 ]; do
        case $1 in
            /etc/kubernetes/*) put_file "$1" 0600 root:root "$2" ;;
            /usr/local/bin/*) put_file "$1" 0755 root:root "$2" ;;
            *) put_file "$1" 0644 root:root "$2" ;;
        esac
        shift 2
    done
}
