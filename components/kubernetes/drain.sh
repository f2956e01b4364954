# shellcheck shell=bash
# Before a node's kubelet gets other settings or another version, its pods go elsewhere; and before anything is touched at all, it is
# known whether the way from the versions that run to the described one can be gone. Works on the first master.

converge() {
    has_cluster || return 0
    if ! wait_for "${api_seconds:-20}" api_ready; then
        # What is described now may be what mends it.
        [ -z "$master" ] || { notes+=("the API does not answer, so that nothing is drained"); return 0; }
        need_api 1
    fi
    tell_way
    local before
    before=$(annotation "$name" datacentre/kubelet)
    [ -n "$before" ] && [ "$before" != "$digest" ] || return 0
    if ! is_ready "$name"; then notes+=("$name is not Ready, so that it is not drained"); return 0; fi
    if ! others_take "$name"; then notes+=("no other node takes the pods of $name: they stay while its kubelet is started anew"); return 0; fi
    if ! somebody_leads; then
        # What is described now may be what mends it.
        [ -z "$master" ] || { notes+=("nobody leads controllers or scheduler, so that nothing is drained"); return 0; }
        fail "nobody leads kube-controller-manager or kube-scheduler after 60 s: pods of $name would end, and nobody would put others in their place" \
            "see the masters' rows of 'make verify', and /var/log/pods/kube-system_kube-controller-manager-* there; nothing else was touched"
    fi
    if [ "$(node_field "$name" '{.spec.unschedulable}')" != true ]; then
        kube annotate node "$name" datacentre/cordoned=yes --overwrite >/dev/null
        kube cordon "$name" >/dev/null
        changed "cordoned $name"
    fi
    drain_node "$name" || refuse
    changed "drained $name"
}

refuse() {
    if [ "$(annotation "$name" datacentre/cordoned)" = yes ]; then
        kube uncordon "$name" >/dev/null || true
        kube annotate node "$name" datacentre/cordoned- >/dev/null || true
    fi
    fail "$name cannot be drained: $drain_problem" \
        "it takes pods again, and nothing else was touched. Give a PodDisruptionBudget that allows one pod to go, more replicas or nodes; pods of no controller have to be deleted by hand; datacentre:kubernetes.drainTimeoutSeconds is how long it may take ($drain_timeout)"
}

# What goes from where to where.
tell_way() {
    local node_version
    node_version=$(node_field "$name" '{.status.nodeInfo.kubeletVersion}')
    [ -n "$node_version" ] || return 0
    check_skew "$node_version" "$version" "$name"
    [ "$node_version" = "v$version" ] || notes+=("$name goes from ${node_version#v} to $version")
}

undo() { :; }
