# shellcheck shell=bash
# A member that speaks TLS: what member.sh does, which comes before this, asking by the member's own certificate. Members without TLS
# have member.sh alone.

# curl and etcdctl call them the same.
by_certificate=(--cacert "$etc/authority.crt" --cert "$etc/member.crt" --key "$etc/member.key")

ctl() { # ADDRESS ARGUMENT...
    local at=$1
    shift
    ETCDCTL_API=3 timeout 10 "$etcdctl" --endpoints="https://$at:$client_port" --command-timeout=4s "${by_certificate[@]}" "$@" 2>>"$log"
}

healthy() {
    curl -s --noproxy '*' --max-time 2 "${by_certificate[@]}" "https://$1:$client_port/health" 2>/dev/null | grep '"health": *"true"' >/dev/null
}

# What it trusts is read at its start alone, so another certificate restarts it.
fingerprint() { printf '%s\0' "$@" "$authority" "$(certificate_print "$etc/member")" | sha256sum | cut -c 1-64; }

# Those that name members by their URLs.
eval "$(declare -f join add_member drop_strangers | sed 's|"http://|"https://|g')"
