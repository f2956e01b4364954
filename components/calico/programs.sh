# shellcheck shell=bash
# Calico's programs from an archive.

put_calico() {
    put_archive calico "$archive_url" "$archive_sha256"
    inputs+=("$home" "$(cat "$home/.datacentre-from" 2>/dev/null || true)")
}

# Writes the node and its address into the datastore, and its name on the host.
join_datastore() {
    local at values
    at=$(timeout 20 calicoctl get node "$node" -o json "${ctl_options[@]}" 2>/dev/null | jq -r '.spec.bgp.ipv4Address // ""' || true)
    [ "${at%/*}" != "$address" ] || [ "$(cat /var/lib/calico/nodename 2>/dev/null)" != "$node" ] || return 0
    mapfile -t values < <(printf '%s' "$environment")
    quietly timeout 300 env "${values[@]}" "$home/calico-node" -startup ||
        fail "the node does not join Calico's datastore: $(grep -iE 'error|fatal|fail' "$log" | tail -n 2 | cut -c 1-300 | tr '\n' ' ')" \
            "see whether this host reaches etcd (${endpoints// /, })"
    changed "joined Calico's datastore at $address"
}

undo_calico() { undo_archive calico "$archive_sha256"; }
