# shellcheck shell=bash
# One instance of the distribution's registry: the private one, or a mirror. Each has its own user, unit, configuration and data.

package_unit=docker-registry
etc=/etc/$instance

converge() {
    local print i inputs
    command -v docker-registry >/dev/null ||
        fail "docker-registry is not installed" "give $step to a host whose sources have it, such as Debian 12's"
    put_user "$instance" "$data_dir"
    keep_off "$package_unit" "$instance"
    forget_others
    for_unit "$instance"
    put_data_dir "$data_dir" 0750 "$instance:$instance"
    put_dir "$etc" 0755 root:root
    for ((i = 0; i < ${#configs[@]}; i += 2)); do put_file "${configs[i]}" 0640 "root:$instance" "${configs[i + 1]}"; done
    for ((i = 0; i < ${#helpers[@]}; i += 2)); do put_file "${helpers[i]}" 0755 root:root "${helpers[i + 1]}"; done
    for ((i = 0; i < ${#units[@]}; i += 2)); do
        # Only its own unit's text makes its restart due.
        if [ "${units[i]##*/}" = "$instance.service" ]; then for_unit "$instance"; else for_unit; fi
        put_file "${units[i]}" 0644 root:root "${units[i + 1]}"
        reload_if_needed "${units[i]##*/}"
    done
    for_unit
    inputs=("${configs[@]}" "${helpers[@]}" "${units[0]}" "${units[1]}" "$(docker-registry --version)" "$(at_start "${certificates:+$certificates/server.crt}")" "$(at_start "$login_file")")
    print=$(secret_fingerprint "$instance" "${inputs[@]}")
    renew_fingerprint "$instance" "$(fingerprint "${inputs[@]}")" "$print"
    run_unit "$instance" "$print"
    wait_for 60 answers || explain
    mark_applied "$instance" "$print"
    put_timer
}

# What other steps write, and is read at a start alone: a certificate, a login.
at_start() { [ -z "$1" ] || sha256sum <"$1"; } # PATH

url="$scheme://$address:$port"
answers() {
    unit_is active "$instance" &&
        [ "$(curl -s -o /dev/null --noproxy '*' --max-time 5 ${certificates:+--cacert "$certificates/authority.crt"} -w '%{http_code}' "$url/v2/")" = 200 ]
}

explain() {
    local why
    why=$(journal_says "$instance" -iE 'fatal|panic|error|denied|in use|cannot')
    fail "$url/v2/ does not answer 60 s after its start${why:+; its journal says: $why}" \
        "see 'journalctl -u $instance', and with 'ss -ltnp' who has port $port"
}

put_timer() {
    [ -n "$timer" ] || return 0
    enable_unit "$timer"
    unit_is active "$timer" || { quietly systemctl start "$timer" && changed "started $timer"; }
    # What systemd waits for is what the file said when it was started.
    if [ "$(cat "$state/applied/$timer" 2>/dev/null)" != "$(fingerprint "${units[@]}")" ]; then
        quietly systemctl restart "$timer"
        mark_applied "$timer" "$(fingerprint "${units[@]}")"
    fi
}

# Units of before that are described no more: the timer, where nothing is to be collected.
forget_others() {
    local old
    old=/etc/systemd/system/datacentre-image-collection.timer
    [ -z "$timer" ] && [ "$instance" = datacentre-image-registry ] && [ -e "$old" ] || return 0
    drop_timer
    reload_units
}

drop_timer() {
    undo_unit datacentre-image-collection.timer
    restore /etc/systemd/system/datacentre-image-collection.timer
    rm -f /var/lib/systemd/timers/stamp-datacentre-image-collection.timer
}

undo() {
    local i
    if [ "$instance" = datacentre-image-registry ]; then
        drop_timer
        # One that is at work is ended, and lets the registry go.
        quietly systemctl stop datacentre-image-collection.service || true
        rm -f "/run/$instance.env"
    fi
    undo_unit "$instance"
    for ((i = 0; i < ${#configs[@]}; i += 2)); do restore "${configs[i]}"; done
    for ((i = 0; i < ${#helpers[@]}; i += 2)); do restore "${helpers[i]}"; done
    for ((i = 0; i < ${#units[@]}; i += 2)); do restore "${units[i]}"; done
    reload_units
    remove_data "$data_dir"
    drop_dirs "$etc" /usr/local/lib/datacentre "$data_dir"
    if give_back "$package_unit" "$instance"; then drop_leavings; fi
    undo_user "$instance"
}

# The package's removal, which comes last, leaves its user and its empty directory.
drop_leavings() {
    grep -qsxF docker-registry "$state/packages" || return 0
    rmdir /var/lib/docker-registry 2>/dev/null || true
    ! getent passwd docker-registry >/dev/null || quietly userdel docker-registry || true
}
