# shellcheck shell=bash
# Waits on the operator's machine until a node's container does its work, and says why when it does not. Nothing is changed.
set -uo pipefail

on_engine() { env -u DOCKER_HOST -u DOCKER_CONTEXT docker --host "$engine" "$@"; }

# What the questions use in the container; only what bash has, since images have little else in common.
# shellcheck disable=SC2317 # run there
inside() {
    talk() { # ADDRESS PORT BYTES
        exec 3<>"/dev/tcp/$1/$2" && printf '%b' "$3" >&3 && cat <&3
    }
    port_open() { # ADDRESS PORT
        (exec 3<>"/dev/tcp/$1/$2")
    }
    http_status() { # ADDRESS PORT PATH [HEADER]
        talk "$1" "$2" "GET $3 HTTP/1.0\r\nHost: $1:$2\r\n${4:+$4\r\n}\r\n" | { read -r _ status _ && printf '%s' "$status"; }
    }
    http_body() { # ADDRESS PORT PATH
        talk "$1" "$2" "GET $3 HTTP/1.0\r\nHost: $1:$2\r\n\r\n"
    }
}

# Whether a question is answered by yes.
holds() { # QUESTION
    { declare -f inside && printf 'inside\nexec 2>/dev/null\n%s\n' "$1"; } | timeout -k 1 10 env -u DOCKER_HOST -u DOCKER_CONTEXT \
        docker --host "$engine" exec -i -u 0 "$name" bash >"$said" 2>&1
}

# Of this node and its peers, those whose containers run.
running() { on_engine ps --filter status=running --format '{{.Names}}' 2>/dev/null | grep -cxF -- "$(printf '%s\n' "${peers[@]}")"; }

# One without most of its peers cannot do its work yet.
excused() { [ -z "$serves" ] || [ "$(running)" -lt "$quorum" ]; }

state() { on_engine container inspect -f '{{.State.Status}} {{.RestartCount}} {{.State.Error}}' "$name" 2>&1; }

fail() { # PROBLEM REMEDY
    printf 'datacentre: %s: %s\n  remedy: %s\n' "$node" "$1" "$2" >&2
    exit 1
}

explain() { # PROBLEM
    local log library
    log=$(on_engine logs --tail 200 "$name" 2>&1)
    library=$(grep -oE 'error while loading shared libraries: [^:]+' <<<"$log" | tail -n 1)
    [ -z "$library" ] || fail "the image $image lacks the library ${library##*: }, which its program needs" \
        "name an image that is whole in $key: a library copied from another machine fits only by chance"
    [[ $log != *"Incompatible agent info"* ]] || fail "the agent has another name or port than before, or offers less, and Mesos does not let it" \
        "take the change back; or let it be a new agent, whose tasks end: 'docker rm -f $name', 'docker volume rm $name-agent', then 'make up'"
    # Shells, Docker and its init say the same in different letters.
    shopt -s nocasematch
    case "$log $(cat "$said") $(state)" in
        *"exec format error"*) fail "the image $image is for another processor than the engine's" "name one for it in $key" ;;
        *'"bash"'*"not found"* | *"bash: executable file not found"*)
            fail "the image $image has no bash, by which its program is asked how it is" "name an image on Debian, Ubuntu or the like in $key" ;;
        *"executable file not found"* | *"[FATAL tini"*"No such file or directory"*)
            fail "the image $image lacks the program that it is to start: $(state)" "name an image of that program in $key" ;;
    esac
    log=$(grep -viE '^(\s*at |$)|INFO' <<<"$log" | tail -n 4 | cut -c 1-300 | tr '\n' ' ')
    fail "$1 ($(state | cut -c 1-200))${log:+; its container says: $log}" "see 'docker logs $name' on the engine $engine, and 'make verify'"
}

said=$(mktemp)
trap 'rm -f "$said"' EXIT
while :; do
    if holds "$answers" && { excused || holds "$serves"; }; then
        printf '0 changes\n'
        exit 0
    fi
    # An image without it will have none later.
    [[ $(cat "$said") != *exec*bash*"not found"* ]] || explain "it cannot be asked"
    read -r status restarts _ <<<"$(state)"
    case $status in
        restarting | exited | dead) [ "$restarts" -lt 4 ] || explain "its program ends again and again" ;;
    esac
    [ "$SECONDS" -lt "$seconds" ] || explain "it does not serve $seconds s after its container was made"
    sleep 0.5
done
