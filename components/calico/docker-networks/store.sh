# shellcheck shell=bash
# Keys of etcd's v2 API: Docker's cluster store, and beside it who looks after which network.

# The first member that answers counts; the answer is one of the majority's.
store_call() { # METHOD KEY [VALUE]
    local url
    for url in "${store_members[@]}"; do
        ask_member "$1" "$url/v2/keys/$2" ${3+"value=$3"} && return 0
    done
    return 1
}

ask_member() { # METHOD URL [FORM]
    local options=(-fsS --noproxy '*' --max-time 9 -X "$1")
    if [ "$1" = GET ]; then options+=(-G -d quorum=true); fi
    [ $# -lt 3 ] || options+=(--data-urlencode "$3")
    curl "${options[@]}" "$2" 2>>"$log"
}

# The node whose step has last seen to this network: when another takes over, the former one's undo leaves it alone.
keeper_key=datacentre/docker-networks/$name
keeper() { store_call GET "$keeper_key" | sed -nE 's/.*"value":"([^"]*)".*/\1/p' || true; }
take_over() { [ "$(keeper)" = "$node" ] || store_call PUT "$keeper_key" "$node" >/dev/null; }
leave() { # with the directories above it, as far as nothing else is in them
    local key
    for key in "$keeper_key" "${keeper_key%/*}?dir=true" "${keeper_key%%/*}?dir=true"; do
        store_call DELETE "$key" >/dev/null || return 0
    done
}
