# shellcheck shell=bash
# One HAProxy for all proxies of a node. A configuration that HAProxy refuses never takes the place of one that it has taken, and a
# changed one is loaded by a worker that takes the listeners over: no connection is refused or cut.

proxies=datacentre-proxies
etc=/etc/$proxies
loaded=$proxies.config

converge() {
    check_haproxy "give the proxies' roles to a host whose sources have it, such as Debian 12's or Rocky Linux 9's"
    put_user "$proxies" "$etc"
    keep_off haproxy "$proxies"
    try_config
    for_unit "$loaded"
    put_dir "$etc" 0755 root:root
    put_login
    put_file "$etc/haproxy.cfg" 0644 root:root "$config"
    for_unit "$proxies"
    put_file "/etc/systemd/system/$proxies.service" 0644 root:root "$unit_file"
    for_unit
    reload_if_needed "$proxies"
    local print config_print pid
    print=$(fingerprint "$unit_file")
    config_print=$(secret_fingerprint "$loaded" "$config" "${login-}")
    renew_fingerprint "$loaded" "$(fingerprint "$config" "${login-}")" "$config_print"
    pid=$(main_pid)
    run_unit "$proxies" "$print"
    # Its master stays the same process when it is loaded anew, and is another one when it was started just now.
    if [ "$(main_pid)" = "$pid" ] && [ "$(cat "$state/applied/$loaded" 2>/dev/null)" != "$config_print" ]; then load; fi
    wait_for 60 serves || explain "HAProxy does not serve at $address, ports ${ports[*]}, 60 s after its start"
    mark_applied "$proxies" "$print"
    mark_applied "$loaded" "$config_print"
}

# In files of their own, before anything is touched.
try_config() {
    local try why files=()
    try=$(mktemp -d /run/datacentre/proxies.XXXXXX)
    if [ -n "${login-}" ]; then
        (umask 077 && login_config >"$try/login.cfg")
        files+=(-f "$try/login.cfg")
    fi
    printf '%s' "$config" >"$try/haproxy.cfg"
    why=$(haproxy -c "${files[@]}" -f "$try/haproxy.cfg" 2>&1 9>&-) && why=
    rm -rf "$try"
    [ -z "$why" ] || fail "HAProxy refuses its configuration: $(grep ALERT <<<"$why" | sed "s|$try/||g" | head -n 3 | cut -c 1-300 | tr '\n' ' ')" \
        "what it serves is as before; see 'haproxy -v' there, and 'datacentre:proxies'"
}

# A file and not its unit's environment: a worker that is loaded anew reads it anew. HAProxy would take a $ for a variable's.
login_config() { printf 'global\n    setenv MARATHON_LOGIN "%s"\n' "${login//\$/\\\$}"; }

# Marathon's, for its unit alone.
put_login() {
    if [ -n "${login-}" ]; then
        put_file "$etc/login.cfg" 0640 "root:$proxies" "$(login_config)"$'\n'
    elif [ -e "$etc/login.cfg" ]; then
        rm -f "$etc/login.cfg" "$state/applied/$loaded"
        changed "removed $etc/login.cfg"
    fi
}

main_pid() { systemctl show -p MainPID "$proxies" 2>/dev/null; }

load() {
    local before=${#changes[@]}
    quietly systemctl reload "$proxies" || explain "HAProxy does not load its configuration"
    [ "$before" -gt 0 ] || changed "reloaded $proxies"
}

# All ports; and since workers of before still may have them, that the master has not said otherwise.
serves() {
    local port
    unit_is active "$proxies" && [[ $(systemctl show -p StatusText "$proxies") != *ailed* ]] || return 1
    for port in "${ports[@]}"; do port_open "$address" "$port" || return 1; done
}

explain() { # PROBLEM
    local why
    why=$(journal_says "$proxies" -iE 'alert|cannot|refused|failed')
    fail "$1${why:+; its journal says: $why}" "see 'journalctl -u $proxies', and with 'ss -ltnp' who has ports ${ports[*]}"
}

undo() {
    undo_unit "$proxies"
    rm -f "$state/applied/$loaded" "$state/applied/$loaded.salt"
    restore "/etc/systemd/system/$proxies.service" "$etc/haproxy.cfg" "$etc/login.cfg"
    reload_units
    drop_dirs "$etc"
    give_back haproxy "$proxies" || true
    undo_user "$proxies"
}
