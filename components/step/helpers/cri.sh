# shellcheck shell=bash
# Calls of Kubernetes' interface to engines (CRI), by curl: gRPC over the engine's socket. crictl is in no distribution's packages.
# Messages are written as printf takes them. Source: api.proto of k8s.io/cri-api, runtime.v1; "gRPC over HTTP2", 5 bytes before each.

cri_socket=/run/containerd/containerd.sock

# A text as a message's field, of 127 bytes at most.
cri_text() { # FIELD TEXT
    printf '\\x%02x\\x%02x%s' $(($1 << 3 | 2)) "${#2}" "$2"
}

# Prints the answer's message. Fails with what the engine says on the standard error.
cri() { # SERVICE/METHOD [MESSAGE]
    local message=${2-} heads length status
    # shellcheck disable=SC2059
    length=$(printf "$message" | wc -c)
    heads=$(mktemp "$run/cri.XXXXXX")
    # shellcheck disable=SC2059
    printf "\\0\\0\\0\\0\\x$(printf %02x "$length")$message" |
        curl -sS --http2-prior-knowledge --noproxy '*' --max-time "${cri_seconds:-30}" --unix-socket "$cri_socket" \
            -H 'content-type: application/grpc' -H 'te: trailers' -D "$heads" --data-binary @- "http://localhost/runtime.v1.$1" | tail -c +6 ||
        true
    status=$(tr -d '\r' <"$heads" | sed -n 's/^grpc-status: *//Ip' | tail -n 1)
    [ "$status" = 0 ] || printf '%s: %s\n' "$1" "$(tr -d '\r' <"$heads" | sed -n 's/^grpc-message: *//Ip' | tail -n 1)" >&2
    rm -f "$heads"
    [ "$status" = 0 ]
}

# The pods that the engine knows, by the identities of their sandboxes.
cri_pods() { ctr -n k8s.io containers ls -q 'labels."io.cri-containerd.kind"==sandbox' </dev/null; }

# Ends a pod with all that it has: containers at once, then its network by the programs that made it.
cri_end_pod() { # ID
    cri RuntimeService/StopPodSandbox "$(cri_text 1 "$1")" >/dev/null && cri RuntimeService/RemovePodSandbox "$(cri_text 1 "$1")" >/dev/null
}
