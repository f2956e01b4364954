# shellcheck shell=bash
# The service that follows pods and nodes, and writes their names and addresses where CoreDNS reads them.

etc=/etc/$unit
lib=/usr/local/lib/$unit

converge() {
    local print
    for_unit "$unit"
    put_dir "$etc" 0755 root:root
    # Files of a directory that is all ours: just these, so that a module which is no more is gone.
    put_flags "$lib" "${modules[@]}"
    put_file "$etc/config.json" 0644 root:root "$config"
    put_file "/etc/systemd/system/$unit.service" 0644 root:root "$unit_file"
    for_unit
    reload_if_needed "$unit"
    print=$(fingerprint "$config" "$unit_file" "${modules[@]}" "$(certificate_print "$etc/client")" "$(certificate_print "$etc/authority")")
    run_unit "$unit" "$print"
    wait_for 60 healthy || explain
    mark_applied "$unit" "$print"
}

healthy() { [ "$(http "http://127.0.0.1:$health_port/health")" = 200 ]; }

# As it says itself.
reasons() {
    { timeout 5 curl -sS "http://127.0.0.1:$health_port/health" | python3 -c 'import json, sys; print("; ".join(json.load(sys.stdin)["reasons"]))'; } 2>/dev/null ||
        printf 'it does not answer at port %s' "$health_port"
}

explain() {
    local why
    why=$(journal_says "$unit" -iE 'error|refused|traceback|exception')
    fail "pods' and nodes' names are not followed 60 s after the start: $(reasons)${why:+; its journal says: $why}" \
        "see 'journalctl -u $unit', whether the API answers at $api ('make verify'), and with 'ss -ltnp' who has port $health_port"
}

undo() {
    undo_unit "$unit"
    restore "/etc/systemd/system/$unit.service" "$etc/config.json"
    undo_flags "$lib"
    reload_units
    # A pod that has it mounted keeps what it saw, until it goes too.
    [ ! -e "$runtime" ] || { rm -rf "$runtime" && changed "removed $runtime"; }
    drop_dirs "$etc"
}
