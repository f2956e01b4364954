# shellcheck shell=bash
# The network as flannel reads it in etcd, for all hosts. Subnets of hosts that are described no more are given back.

# Where it was before, should the prefix be another one by now.
former_note=$state/flannel-prefix

converge() {
    local got count
    wait_for 60 read_key "$prefix/config" ||
        fail "etcd does not answer: $(tail -n 1 "$log")" \
            "see 'systemctl status etcd' on its members (${endpoints[*]}), and whether this host reaches their client port"
    forget_former
    got=$(read_key "$prefix/config")
    if [ "$got" != "$config" ]; then
        count=$(leases "$prefix" | wc -l)
        [ "$got" = "" ] || [ "$count" = 0 ] ||
            notes+=("$count hosts have subnets of the network before ($got): each that does not fit is given back, and the host's containers start anew")
        mkdir -p "$state" && printf '%s' "$prefix" >"$former_note"
        write_key "$prefix/config" "$config" || fail "etcd did not take $prefix/config: $(tail -n 1 "$log")" "see 'etcdctl endpoint health --cluster' and 'etcdctl alarm list'"
        changed "wrote $prefix/config in etcd"
    fi
    mkdir -p "$state" && printf '%s' "$prefix" >"$former_note"
    [ -z "$gives_back" ] || drop_strangers
}

forget_former() {
    local former
    former=$(cat "$former_note" 2>/dev/null || true)
    [ -n "$former" ] && [ "$former" != "$prefix" ] || return 0
    forget "$former" || return 0
    changed "removed $former from etcd"
}

forget() { delete_key "$1/config" && kv deleterange "{$(subnets_of "$1")}" >/dev/null; } # PREFIX

undo() {
    [ -e "$former_note" ] || return 0
    if forget "$(cat "$former_note")"; then changed "removed $prefix from etcd"; else notes+=("etcd still has $prefix: it did not answer"); fi
    rm -f "$former_note"
}
