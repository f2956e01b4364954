# shellcheck shell=bash
# flannel's network in etcd, by the members' own JSON interface: hosts of flannel's need not have etcdctl.
# Source: etcd 3.4, Documentation/dev-guide/api_grpc_gateway.md.

kv() { # range|put|deleterange BODY: the answer of the first member that gives one
    local url
    for url in "${endpoints[@]}"; do
        ! curl -fsS --noproxy '*' --max-time 6 "${curl_options[@]}" -d "$2" "$url/v3/kv/$1" 2>>"$log" 9>&- || return 0
    done
    return 1
}

in_base64() { printf '%s' "$1" | base64 -w 0; }

read_key() { # KEY: its value; nothing where there is none
    local answer
    answer=$(kv range "{\"key\":\"$(in_base64 "$1")\"}") || return 1
    grep -oE '"value":"[^"]*"' <<<"$answer" | cut -d '"' -f 4 | base64 -d || true
}

write_key() { kv put "{\"key\":\"$(in_base64 "$1")\",\"value\":\"$(in_base64 "$2")\"}" >/dev/null; } # KEY VALUE

delete_key() { kv deleterange "{\"key\":\"$(in_base64 "$1")\"}" >/dev/null; } # KEY

# What begins with PREFIX/subnets/: up to the character after the slash.
subnets_of() { printf '"key":"%s","range_end":"%s"' "$(in_base64 "$1/subnets/")" "$(in_base64 "$1/subnets0")"; }

# Who has which subnet: the key's name and the host's address, a line each.
leases() { # PREFIX
    local answer name text
    answer=$(kv range "{$(subnets_of "$1")}") || return 1
    grep -oE '"(key|value)":"[^"]*"' <<<"$answer" | cut -d '"' -f 4 | while read -r name && read -r text; do
        printf '%s %s\n' "$(base64 -d <<<"$name" | sed 's:.*/::')" "$(base64 -d <<<"$text" | sed -n 's/.*"PublicIP":"\([0-9.]*\)".*/\1/p')"
    done || true
}

# A host that could not give its subnet back itself, since it is gone.
drop_strangers() {
    local name address
    while read -r name address; do
        [[ " ${addresses[*]} " != *" $address "* ]] || continue
        delete_key "$prefix/subnets/$name"
        changed "gave back the subnet ${name/-/\/} of ${address:-nobody}, which is described no more"
    done < <(leases "$prefix")
}
