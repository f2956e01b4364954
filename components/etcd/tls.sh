# shellcheck shell=bash
# A member that speaks TLS: what member.sh does, which comes before this, asking by the member's own certificate. Members without TLS
# have member.sh alone.

# shellcheck disable=SC2034 # member.sh's
scheme=https

# curl and etcdctl call them the same.
by_certificate=(--cacert "$etc/authority.crt" --cert "$etc/member.crt" --key "$etc/member.key")
# shellcheck disable=SC2034 # member.sh's
identity=("${by_certificate[@]}")

ctl() { # ADDRESS ARGUMENT...
    local at=$1
    shift
    ETCDCTL_API=3 timeout 10 "$etcdctl" --endpoints="https://$at:$client_port" --command-timeout=4s "${by_certificate[@]}" "$@" 2>>"$log"
}

http() { # ADDRESS REQUEST
    local body=${2#*$'\r\n\r\n'} line=${2%%$'\r\n'*}
    line=${line% HTTP/*}
    curl -s --noproxy '*' --max-time 3 "${by_certificate[@]}" ${body:+-d "$body"} "https://$1:$client_port${line#* }" 2>/dev/null
}

# What it trusts is read at its start alone, so another certificate restarts it.
fingerprint() { printf '%s\0' "$@" "$authority" "$(certificate_print "$etc/member")" | sha256sum | cut -c 1-64; }
