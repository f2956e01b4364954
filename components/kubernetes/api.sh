# shellcheck shell=bash
# The API as the first master's own kubectl has it.

kubectl=/usr/local/bin/kubectl
admin_conf=/etc/kubernetes/admin.conf

kube() { timeout "${kube_seconds:-40}" env KUBECONFIG="$admin_conf" "$kubectl" --request-timeout=20s "$@" 2>>"$log" 9>&-; }

api_ready() { [ "$(kube get --raw /readyz 2>/dev/null)" = ok ]; }

# Nothing was brought up here yet.
has_cluster() { [ -x "$kubectl" ] && [ -e "$admin_conf" ] && [ -e "$state/kubernetes-version" ]; }

need_api() {
    wait_for "${1:-30}" api_ready ||
        fail "the API does not answer on the first master" "see 'journalctl -u kubelet' and 'ls /var/log/pods' there, etcd's health, and 'systemctl status datacentre-kubernetes-proxy'"
}

# A node's own words, empty where there is no such node.
node_field() { kube get node "$1" --ignore-not-found -o "jsonpath=$2"; } # NAME JSONPATH

annotation() { node_field "$1" "{.metadata.annotations.$2}"; } # NAME KEY

is_ready() { [ "$(node_field "$1" '{.status.conditions[?(@.type=="Ready")].status}')" = True ]; }

# Somebody leads who is alive: the lease is renewed every two seconds. After a master's restart the former leader's has to run out first,
# and until then pods that are evicted are not replaced, and services still send requests to them.
leads() { # kube-controller-manager|kube-scheduler
    local before
    before=$(renewed "$1")
    wait_for "${lead_seconds:-60}" renewed_since "$1" "$before"
}

renewed() { kube get lease "$1" -n kube-system --ignore-not-found -o 'jsonpath={.spec.renewTime}'; } # NAME

renewed_since() { local now; now=$(renewed "$1") && [ -n "$now" ] && [ "$now" != "$2" ]; } # NAME BEFORE

somebody_leads() { leads kube-controller-manager && leads kube-scheduler; }

# Empties a node. What refuses is told by name: most often a budget, which wants more pods than the other nodes have room for.
drain_node() { # NAME
    local out why
    out=$(kube_seconds=$((drain_timeout + 60)) kube drain "$1" --ignore-daemonsets --delete-emptydir-data --timeout="${drain_timeout}s" 2>&1) && return 0
    why=$(tail -n 300 "$log"; printf '%s' "$out")
    drain_problem=$({ grep -oE 'Cannot evict pod as it would violate the pod.s disruption budget|cannot delete [^:]*: [^ ]*|global timeout reached: [0-9a-z]*' <<<"$why" || true; } | sort -u | head -n 3 | tr '\n' ';')
    drain_problem=${drain_problem:-$(tail -n 1 <<<"$why" | cut -c 1-200)}
    return 1
}

# True where another node takes the pods.
others_take() { # NAME
    kube get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.unschedulable} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' |
        awk -v me="$1" '$1 != me && NF == 2 && $2 == "True" {found = 1} END {exit !found}'
}
