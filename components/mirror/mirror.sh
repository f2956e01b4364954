# shellcheck shell=bash
# The mirror: Squid, for the stack's nodes alone, from which they fetch what they have no other way to.

converge() {
    local print user=proxy
    # Debian's user, and the yum family's.
    getent passwd "$user" >/dev/null || user=squid
    for_unit squid
    put_file "$squid_file" 0644 root:root "$squid_conf"
    put_dir "$cache_dir" 0750 "$user:$user"
    for_unit
    quietly squid -k parse -f "$squid_file" ||
        fail "Squid does not take its configuration: $(grep -E 'FATAL|ERROR' "$log" | tail -n 1)" "see 'squid -k parse' on the host; the distribution's Squid has to be 4 or newer"
    print=$(fingerprint "$squid_conf" "$(squid -v | head -n 1)")
    run_unit squid "$print" --no-block
    wait_for 60 port_open "$address" "$mirror_port" ||
        fail "the mirror does not listen on $address:$mirror_port: $(journalctl -u squid -n 1 -o cat --no-pager 2>/dev/null || true)" "see 'journalctl -u squid' on the host"
    mark_applied squid "$print"
}

undo() {
    undo_unit squid
    restore "$squid_file"
    [ ! -e "$cache_dir" ] || { rm -rf "$cache_dir" && changed "removed $cache_dir"; }
    drop_dirs "$cache_dir" "${squid_file%/*}"
}
