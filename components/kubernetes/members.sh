# shellcheck shell=bash
# Nodes of ours that are described no more: drained while they are still there, and taken out of the list. What an `up` takes away goes
# last. Works on the first master.

converge() {
    local name digest
    need_api 60
    while read -r name digest; do
        if [ -n "$digest" ] && [[ " ${nodes[*]} " != *" $name "* ]]; then leave "$name"; fi
    done < <(kube get nodes -o 'jsonpath={range .items[*]}{.metadata.name}{" "}{.metadata.annotations.datacentre/kubelet}{"\n"}{end}')
}

leave() { # NAME
    local drain_problem=
    if is_ready "$1"; then
        somebody_leads ||
            fail "nobody leads kube-controller-manager or kube-scheduler after 60 s: pods of $1 would end, and nobody would put others in their place" \
                "see the masters' rows of 'make verify', and /var/log/pods/kube-system_kube-controller-manager-* there; $1 is still in the cluster"
        kube cordon "$1" >/dev/null
        # Its pods end with it, whether they have another place or not.
        drain_node "$1" || notes+=("$1 went before it was empty: $drain_problem")
    fi
    kube delete node "$1" --wait=false >/dev/null
    changed "drained $1 and took it out"
}

undo() { :; }
