# shellcheck shell=bash
# What Calico's datastore holds: pools, profiles, policies. Written by the first node for all; what a person added by calicoctl
# stays, what was ours and is described no more goes.

converge() {
    local i
    wait_for 60 nodes_are_there || fail "not every node has joined Calico's datastore: $(missing_nodes)" "see 'journalctl -u calico-node' on these nodes"
    for ((i = 0; i + 2 < ${#resources[@]}; i += 3)); do put_resource "${resources[i]}" "${resources[i + 1]}" "${resources[i + 2]}"; done
    drop_resources
    drop_nodes
    [ -z "$tunnels" ] || wait_for 90 have_tunnels ||
        fail "no tunnel address for: $(without_tunnel || printf %s "any, since the datastore does not answer")" "is a VXLAN or IPIP pool in datacentre:calico.pools enabled and not used up? 'calicoctl ipam show' says so"
}

ctl() { timeout 60 calicoctl "$@" "${ctl_options[@]}"; }

# One resource as the datastore has it, without what each write changes; nothing when it is not there.
stored() { # KIND NAME
    local got
    got=$(ctl get "$1" "$2" -o json 2>/dev/null) || return 0
    jq -cS 'if type == "array" then .[0] else . end | del(.metadata.resourceVersion, .metadata.creationTimestamp, .metadata.uid) | select(. != null)' <<<"$got"
}

# True when everything that is wanted stands there as wanted; what a server fills in besides does not count.
as_wanted() { # STORED WANTED
    jq -e --argjson wanted "$2" '
        . as $got | ($wanted.spec | to_entries | all(.value == $got.spec[.key] or (.value == false and $got.spec[.key] == null)))
        and (($wanted.metadata.annotations // {}) | to_entries | all(.value == $got.metadata.annotations[.key]))' <<<"$1" >/dev/null
}

put_resource() { # KIND NAME BODY
    local before after
    before=$(stored "$1" "$2")
    if [ -n "$before" ] && as_wanted "$before" "$3"; then return 0; fi
    [ "$1" != ippool ] || [ -z "$before" ] || make_way "$2" "$before" "$3"
    printf '%s' "$3" | ctl apply -f - >>"$log" 2>&1 ||
        fail "Calico refuses $1 $2: $(tail -n 2 "$log" | tr '\n' ' ')" "correct it in datacentre:calico"
    after=$(stored "$1" "$2")
    [ "$before" = "$after" ] || if [ -n "$before" ]; then changed "changed $1 $2"; else changed "wrote $1 $2"; fi
}

# A pool's range and block size stand for its life. One that nobody has addresses of is made anew.
make_way() { # NAME STORED WANTED
    local was is users
    [ "$series" = 3 ] || return 0
    was=$(jq -r '"\(.spec.cidr) \(.spec.blockSize)"' <<<"$2")
    is=$(jq -r '"\(.spec.cidr) \(.spec.blockSize)"' <<<"$3")
    [ "$was" != "$is" ] || return 0
    users=$(users_of "${was% *}")
    [ -z "$users" ] || fail "pool $1 is ${was% *} in blocks of /${was#* }, would become ${is% *} in blocks of /${is#* }, and has addresses in use: $users" \
        "give the new range another name, and set disabled: true on the old one until nobody has an address of it"
    ctl delete ippool "$1" >>"$log" 2>&1
    changed "removed pool $1, whose range changed"
}

# The workloads that have an address of a network, some of them.
users_of() { # CIDR
    ctl get workloadendpoints --all-namespaces -o json 2>/dev/null | jq -r --arg cidr "$1" '
        def number: split("/")[0] | split(".") | map(tonumber) | ((.[0] * 256 + .[1]) * 256 + .[2]) * 256 + .[3];
        ($cidr | number) as $first | pow(2; 32 - ($cidr | split("/")[1] | tonumber)) as $size
        | [.items[] | select(.spec.ipNetworks // [] | any(number as $n | $n >= $first and $n < $first + $size)) | "\(.spec.workload // .spec.containerID // .metadata.name) on \(.spec.node)"]
        | .[:5] | join(", ")'
}

# The names of one kind that are ours. Series 2 has no annotations: there we remember what we wrote.
ours() { # KIND
    if [ "$series" = 3 ]; then
        ctl get "$1" -o json 2>/dev/null | jq -r --arg key "$annotation" --arg owner "$stack" '.items[] | select(.metadata.annotations[$key] == $owner) | .metadata.name'
    else
        sed -n "s/^$1 //p" "$record" 2>/dev/null
    fi
}

record=$state/calico-resources

drop_resources() {
    local kind name i users wanted=" "
    for ((i = 0; i + 2 < ${#resources[@]}; i += 3)); do wanted+="${resources[i]}/${resources[i + 1]} "; done
    # Policies before profiles and pools: what is open stays open no longer than it must.
    for kind in "${kinds[@]}"; do
        while read -r name; do
            [[ -n $name && $wanted != *" $kind/$name "* ]] || continue
            if [ "$kind" = ippool ] && [ "$series" = 3 ]; then
                users=$(users_of "$(stored ippool "$name" | jq -r .spec.cidr)")
                [ -z "$users" ] || fail "pool $name is described no more, and has addresses in use: $users" \
                    "put it back into datacentre:calico.pools with disabled: true until these are gone"
            fi
            ctl delete "$kind" "$name" >>"$log" 2>&1 || fail "Calico does not remove $kind $name: $(tail -n 1 "$log")" "see 'calicoctl get $kind $name -o yaml'"
            changed "removed $kind $name"
        done < <(ours "$kind")
    done
    [ "$series" = 3 ] || { mkdir -p "$state" && for ((i = 0; i + 2 < ${#resources[@]}; i += 3)); do printf '%s %s\n' "${resources[i]}" "${resources[i + 1]}"; done >"$record"; }
}

# Nodes that are described no more: their addresses, blocks and endpoints go with them.
drop_nodes() {
    local name
    while read -r name; do
        [[ -n $name && " ${nodes[*]} " != *" $name "* ]] || continue
        ctl delete node "$name" >>"$log" 2>&1
        changed "removed node $name, which is not described any more"
    done < <(known_nodes)
}

known_nodes() { ctl get nodes -o json 2>/dev/null | jq -r '(.items // .)[].metadata.name'; }

missing_nodes() { comm -23 <(printf '%s\n' "${nodes[@]}" | sort) <(known_nodes | sort) | tr '\n' ' '; }

nodes_are_there() { [ -z "$(missing_nodes)" ]; }

without_tunnel() {
    [ "$series" = 3 ] || return 0
    local got
    got=$(ctl get nodes -o json 2>/dev/null) || return 1
    jq -r '.items[] | select((.spec.ipv4VXLANTunnelAddr // .spec.bgp.ipv4IPIPTunnelAddr // "") == "") | .metadata.name' <<<"$got" |
        { grep -xF -f <(printf '%s\n' "${nodes[@]}") || true; } | tr '\n' ' '
}

# A datastore that does not answer names no node without one.
have_tunnels() { local lacking && lacking=$(without_tunnel) && [ -z "$lacking" ]; }

# The data is etcd's, and stays or goes with it; what is ours in it goes now, while all of Calico can still react.
undo() {
    [ -x /usr/local/bin/calicoctl ] || return 0
    if [ -n "$(ctl get nodes 2>/dev/null)" ]; then
        resources=()
        drop_resources
    else
        notes+=("Calico's datastore does not answer: what is in it goes with etcd's data")
    fi
    rm -f "$record"
}
