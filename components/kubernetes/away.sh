# shellcheck shell=bash
# A node of the cluster that is away for a while: its pods run elsewhere meanwhile. Asked of the API, on a master.

drain() {
    need_api
    [ -n "$(node_field "$name" '{.metadata.name}')" ] || fail "the cluster has no node $name" "run 'make up'"
    if ! is_ready "$name"; then notes+=("$name is not Ready: its pods run elsewhere once the cluster has given it up"); fi
    others_take "$name" || fail "no other node takes the pods of $name" "bring another node of the cluster back, or let one take pods ('kubectl uncordon')"
    somebody_leads || fail "nobody leads kube-controller-manager or kube-scheduler: pods of $name would end, and nobody would put others in their place" "see the masters' rows of 'make verify'"
    kube cordon "$name" >/dev/null
    drain_node "$name" || fail "$name cannot be drained: $drain_problem" \
        "it takes no pods meanwhile, until DO=activate. Give a PodDisruptionBudget that allows one pod to go, more replicas or nodes; pods of no controller have to be deleted by hand; datacentre:kubernetes.drainTimeoutSeconds is how long it may take ($drain_timeout)"
    changed "drained $name: its pods run elsewhere, and it takes none"
}

activate() {
    need_api
    wait_for 180 is_ready "$name" || fail "$name is not Ready" "see 'journalctl -u kubelet' there, or run 'make up CONVERGE=1'"
    if [ "$(node_field "$name" '{.spec.unschedulable}')" = true ]; then
        kube uncordon "$name" >/dev/null
        changed "$name takes pods again"
    else
        notes+=("$name was not cordoned")
    fi
}
