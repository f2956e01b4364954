# shellcheck shell=bash
# One bridge: the service that writes HAProxy's configuration from what Marathon says, and the HAProxy that runs with it. The bridge is
# there first, since HAProxy has nothing to start with before. When the bridge is restarted HAProxy goes on with the file that it has.

bridge=haproxy-marathon-bridge
proxy=haproxy-marathon-bridge-proxy
etc=/etc/$bridge
lib=/usr/local/lib/$bridge
var=/var/lib/$bridge
# What document 002's bridge runs by every minute, with HAProxy's own unit.
old_job=/etc/cron.d/haproxy-marathon-bridge

converge() {
    check_haproxy "give the role marathon-bridge to a host whose sources have it, such as Debian 12's or Rocky Linux 9's"
    put_user "$bridge" "$var"
    keep_off haproxy "$bridge"
    keep_old_job_off
    for_unit "$bridge"
    put_dir "$etc" 0755 root:root
    # Files of a directory that is all ours: just these, so that a module which is no more is gone.
    put_flags "$lib" "${modules[@]}"
    put_file "$etc/config.json" 0644 root:root "$config"
    put_login
    put_password
    put_file "/etc/systemd/system/$bridge.service" 0644 root:root "$bridge_unit"
    for_unit "$proxy"
    put_file "/etc/systemd/system/$proxy.service" 0644 root:root "$proxy_unit"
    for_unit
    reload_if_needed "$bridge"
    reload_if_needed "$proxy"
    local print proxy_print
    print=$(fingerprint "$config" "$bridge_unit" "${login-}" "$password" "${modules[@]}")
    proxy_print=$(fingerprint "$proxy_unit")
    run_unit "$bridge" "$print"
    wait_for 60 written || explain "$bridge" "the bridge has not written $var/haproxy.cfg 60 s after its start"
    run_unit "$proxy" "$proxy_print" --no-block
    wait_for 60 serves || explain "$proxy" "HAProxy does not serve its own page at port $stats_port 60 s after its start"
    mark_applied "$proxy" "$proxy_print"
    wait_for 60 healthy || explain "$bridge" "the bridge is not well 60 s after its start: $(reasons)"
    mark_applied "$bridge" "$print"
}

keep_old_job_off() {
    if [ -e "$old_job" ]; then remember "$old_job"; rm -f "$old_job"; changed "removed $old_job"; fi
}

# Marathon's, as the bridge reads it.
put_login() {
    if [ -n "${login-}" ]; then
        put_file "$etc/login" 0640 "root:$bridge" "$login"$'\n'
    elif [ -e "$etc/login" ]; then
        rm -f "$etc/login" "$state/applied/$bridge"
        changed "removed $etc/login"
    fi
}

# Sets `password`: the described one, the document's, or one that is made here and leaves the host never. The profile `seed` has
# left another one, so what is kept has the form of those that are made.
put_password() {
    password=${stats_password-}
    [ -n "$password" ] || [ -z "$seed" ] || password="admin"
    [ -n "$password" ] || password=$(grep -xE '[A-Za-z0-9]{32}' "$etc/stats-password" 2>/dev/null || true)
    [ -n "$password" ] || password=$(head -c 96 /dev/urandom | base64 -w 0 | tr -d '/+=' | cut -c 1-32)
    put_file "$etc/stats-password" 0640 "root:$bridge" "$password"$'\n'
}

written() { [ -s "$var/haproxy.cfg" ]; }

# Whatever it answers to somebody without a password.
serves() { [ "$(systemctl is-active "$proxy")" = active ] && [[ $(http "http://127.0.0.1:$stats_port/") == [1-5]?? ]]; }

healthy() { [ "$(http "http://127.0.0.1:$health_port/health")" = 200 ]; }

# As it says itself. A service port that cannot be served is none of them: that is a row of `verify`.
reasons() {
    { timeout 5 curl -sS "http://127.0.0.1:$health_port/health" | python3 -c 'import json, sys; print("; ".join(json.load(sys.stdin)["reasons"]))'; } 2>/dev/null ||
        printf 'it does not answer at port %s' "$health_port"
}

explain() { # UNIT PROBLEM
    local why
    why=$(journal_says "$1" -iE 'error|alert|cannot|refused|traceback|exception')
    fail "$2${why:+; its journal says: $why}" \
        "see 'journalctl -u $1', whether Marathon answers on its hosts ('make verify'), and ports $stats_port and $health_port here"
}

undo() {
    undo_unit "$proxy"
    undo_unit "$bridge"
    restore "/etc/systemd/system/$proxy.service" "/etc/systemd/system/$bridge.service" "$etc/config.json" "$etc/login" "$etc/stats-password" "$old_job"
    undo_flags "$lib"
    reload_units
    [ ! -e "$var" ] || { rm -rf "$var" && changed "removed $var"; }
    drop_dirs "$etc"
    give_back haproxy "$bridge" || true
    undo_user "$bridge"
}
