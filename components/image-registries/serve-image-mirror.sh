# shellcheck shell=bash
# Serves as a mirror. The program asks its upstream when it starts, and does not start without an answer: until there is one, what was
# fetched before is served from the same directory, and nothing is changed there.
#   serve-image-mirror UPSTREAM CONFIG CONFIG_WITHOUT_UPSTREAM
set -u
upstream=$1 config=$2 kept=$3
export http_proxy=${HTTP_PROXY-} https_proxy=${HTTPS_PROXY-} no_proxy=${NO_PROXY-}

answers() { curl -s -o /dev/null --connect-timeout 5 --max-time 10 "$upstream/v2/"; }

if ! answers; then
    printf '%s does not answer: serving what was fetched before, until it does\n' "$upstream" >&2
    docker-registry serve "$kept" &
    server=$!
    until answers; do
        sleep 10
        kill -0 "$server" 2>/dev/null || exit 1
    done
    printf '%s answers\n' "$upstream" >&2
    kill "$server"
    wait "$server"
fi
exec docker-registry serve "$config"
