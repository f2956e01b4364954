# shellcheck shell=bash
# Objects of the API that are the stack's: made, kept as described, and removed when they are described no more. Works on the first master.

kinds=clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,configmaps,secrets,services,deployments.apps,daemonsets.apps,statefulsets.apps,cronjobs.batch,poddisruptionbudgets.policy,networkpolicies.networking.k8s.io,priorityclasses.scheduling.k8s.io,horizontalpodautoscalers.autoscaling

converge() {
    local file kind space name
    need_api 60
    file=$(mktemp "$run/objects.XXXXXX")
    printf '%s' "$objects" >"$file"
    apply "$file"
    rm -f "$file"
    while read -r kind space name; do
        is_described "$kind $space $name" || remove "$kind" "$space" "$name"
    done < <(kube get "$kinds" -A -l datacentre/object=yes -o 'go-template={{range .items}}{{.kind}} {{or .metadata.namespace "-"}} {{.metadata.name}}{{"\n"}}{{end}}')
    for kind in "${described[@]}"; do
        read -r kind space name <<<"$kind"
        [[ $kind == @(Deployment|DaemonSet) ]] || continue
        kube_seconds=320 kube rollout status "$kind/$name" -n "$space" --request-timeout=0 --timeout=300s >/dev/null ||
            fail "$kind $name does not come up: $(why_not "$space" "$name")" "see 'kubectl -n $space describe ${kind,,} $name' and 'kubectl -n $space get pods'"
    done
}

# One by one, so that what changed can be told by name.
apply() { # FILE
    local at before after
    split "$1"
    for at in "$1".part.*; do
        before=$(version_of "$at")
        kube apply --server-side --field-manager=datacentre --force-conflicts -f "$at" >/dev/null ||
            { rm -f "$1" "$1".part.*; fail "the API refuses an object of the stack: $(tail -n 1 "$log" | cut -c 1-300)" "see 'kubectl get --raw /readyz?verbose' on the first master"; }
        after=$(version_of "$at")
        [ "$before" = "$after" ] || changed "applied ${after%% @*}"
    done
    rm -f "$1".part.*
}

# The count goes up with what somebody wrote, not with what the cluster says of the object's state.
version_of() { # FILE
    kube get -f "$1" --ignore-not-found -o 'go-template={{.kind}} {{.metadata.name}} @{{if .metadata.generation}}{{.metadata.generation}}{{else}}{{.metadata.resourceVersion}}{{end}}'
}

split() { # FILE
    awk -v base="$1" 'BEGIN {n = 100} /^---$/ {n++; next} {print >(base ".part." n)}' "$1"
}

is_described() {
    local one
    for one in "${described[@]}"; do [ "$one" != "$1" ] || return 0; done
    return 1
}

remove() { # KIND NAMESPACE NAME
    local at=()
    [ "$2" = - ] || at=(-n "$2")
    kube delete "$1" "$3" "${at[@]}" --ignore-not-found >/dev/null
    changed "removed $1 $3"
}

why_not() { # NAMESPACE NAME
    kube get pods -n "$1" -o 'jsonpath={range .items[*]}{.metadata.name} {.status.phase} {.status.conditions[?(@.type=="PodScheduled")].message} {.status.containerStatuses[*].state.waiting.reason} {.status.containerStatuses[*].state.waiting.message}{"\n"}{end}' |
        { grep -F "$2" || true; } | head -n 3 | cut -c 1-300 | tr '\n' ';'
}

undo() { :; }
