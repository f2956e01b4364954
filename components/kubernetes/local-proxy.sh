# shellcheck shell=bash
# The node's own HAProxy before all API servers. A configuration that it refuses never takes the place of one that it has taken.

local_proxy=datacentre-kubernetes-proxy
proxy_etc=/etc/$local_proxy

put_local_proxy() {
    local why print loaded pid
    check_haproxy "use a host whose sources have it, such as Debian 12's or Rocky Linux 9's"
    put_user "$local_proxy" "$proxy_etc"
    keep_off haproxy "$local_proxy"
    put_dir "$proxy_etc" 0755 root:root
    put_file "$proxy_etc/authority.crt" 0644 root:root "$authority"
    why=$(haproxy -c -f <(printf '%s' "${proxy_files[1]}") 2>&1 9>&-) && why=
    [ -z "$why" ] || fail "HAProxy refuses its configuration: $(grep ALERT <<<"$why" | head -n 3 | cut -c 1-300 | tr '\n' ' ')" "what it serves is as before; see 'haproxy -v' there"
    for_unit "$local_proxy.config"
    put_file "${proxy_files[0]}" 0644 root:root "${proxy_files[1]}"
    for_unit "$local_proxy"
    put_file "${proxy_files[2]}" 0644 root:root "${proxy_files[3]}"
    for_unit
    reload_if_needed "$local_proxy"
    print=$(fingerprint "${proxy_files[3]}")
    loaded=$(fingerprint "${proxy_files[1]}" "$authority")
    pid=$(systemctl show -p MainPID "$local_proxy")
    run_unit "$local_proxy" "$print"
    if [ "$(systemctl show -p MainPID "$local_proxy")" = "$pid" ] && [ "$(cat "$state/applied/$local_proxy.config" 2>/dev/null)" != "$loaded" ]; then
        quietly systemctl reload "$local_proxy"
        [ "${#changes[@]}" -gt 0 ] || changed "reloaded $local_proxy"
    fi
    wait_for 30 port_open 127.0.0.1 "$proxy_port" ||
        fail "HAProxy does not listen on 127.0.0.1:$proxy_port" "see 'journalctl -u $local_proxy', and with 'ss -ltnp' who has that port"
    mark_applied "$local_proxy" "$print"
    mark_applied "$local_proxy.config" "$loaded"
}

undo_local_proxy() {
    undo_unit "$local_proxy"
    rm -f "$state/applied/$local_proxy.config"
    restore "${proxy_files[2]}" "${proxy_files[0]}" "$proxy_etc/authority.crt"
    reload_units
    drop_dirs "$proxy_etc"
    give_back haproxy "$local_proxy" || true
    undo_user "$local_proxy"
}
