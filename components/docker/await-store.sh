#!/bin/bash
# Run by systemd before dockerd: waits until a member of the cluster store answers for a majority, and lets dockerd start in the
# end either way. An engine that starts without its store knows none of the networks in it: containers that live on are forgotten
# there, and nobody gives their addresses back.
set -u
seconds=$1
shift
flag=/run/datacentre/docker-without-store
mkdir -p "${flag%/*}"
rm -f "$flag"
codes=()

# 0 for an answer, 1 for none, 2 where asking again is of no use. The read goes through the majority, as dockerd's own do: a member
# that is cut off still answers others.
ask() {
    local url code
    codes=()
    for url in "$@"; do
        code=$(curl -s -o /dev/null --noproxy '*' --max-time 3 -w '%{http_code}' "$url/v2/keys/?quorum=true")
        [ "$code" != 200 ] || return 0
        codes+=("$url says $code")
    done
    [[ "${codes[*]}" != *' says 404'* ]] || return 2
    return 1
}

while :; do
    ask "$@"
    case $? in
        0) exit 0 ;;
        2) break ;;
    esac
    [ "$SECONDS" -lt "$seconds" ] || break
    sleep 1
done
printf '%s\n' "${codes[@]}" | tee "$flag"
echo "dockerd starts without its cluster store; 'systemctl restart docker.service' when that answers"
exit 0
