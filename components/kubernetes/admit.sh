# shellcheck shell=bash
# Lets a node in: it is Ready with the described version, has the labels that it may not give itself, and takes pods again if we had
# said that it takes none. Works on the first master.

converge() {
    need_api 60
    wait_for 240 is_in || explain
    local field
    put_labels
    put_taint
    if [ "$(annotation "$name" datacentre/cordoned)" = yes ]; then
        kube uncordon "$name" >/dev/null
        kube annotate node "$name" datacentre/cordoned- >/dev/null
        changed "uncordoned $name"
    fi
    field=$(annotation "$name" datacentre/kubelet)
    if [ "$field" != "$digest" ]; then
        kube annotate node "$name" "datacentre/kubelet=$digest" --overwrite >/dev/null
        changed "let $name in"
    fi
}

# A mirror of a static pod would say so too, but a kubelet tells its version with its first word.
is_in() { is_ready "$name" && [ "$(node_field "$name" '{.status.nodeInfo.kubeletVersion}')" = "v$version" ]; }

# Just these of those that can be.
put_labels() {
    local has key label
    has=$(kube get node "$name" -o 'go-template={{range $k, $v := .metadata.labels}}{{$k}}={{$v}}{{"\n"}}{{end}}')
    for label in "${labels[@]}"; do
        grep -qxF "$label" <<<"$has" || { kube label node "$name" "$label" --overwrite >/dev/null && changed "labelled $name $label"; }
    done
    for key in "${label_keys[@]}"; do
        [[ " ${labels[*]}" == *" $key="* ]] || ! grep -q "^$key=" <<<"$has" || { kube label node "$name" "$key-" >/dev/null && changed "took the label $key from $name"; }
    done
}

taint=node-role.kubernetes.io/control-plane
put_taint() {
    local has
    has=$(node_field "$name" "{.spec.taints[?(@.key==\"$taint\")].effect}")
    if [ -n "$tainted" ] && [ "$has" != NoSchedule ]; then
        kube taint node "$name" "$taint=:NoSchedule" --overwrite >/dev/null && changed "tainted $name"
    elif [ -z "$tainted" ] && [ -n "$has" ]; then
        kube taint node "$name" "$taint-" >/dev/null && changed "took the taint from $name"
    fi
}

explain() {
    local said
    said=$(node_field "$name" '{.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].message}')
    fail "$name is not Ready with $version: ${said:-it has not registered itself}" \
        "see 'journalctl -u kubelet' on $name, and whether it has a network for pods (/etc/cni/net.d)"
}

undo() { :; }
