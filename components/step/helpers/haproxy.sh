# shellcheck shell=bash
# HAProxy of the host's package, for steps that run one of their own: whether it is new enough, and the package's own unit kept off.
# Several steps of a host may need that. Each says so by a mark of its own, and the last one that goes gives the unit back.

# Older releases of the yum family have an HAProxy that cannot be asked, or that does not know what is written here.
check_haproxy() { # REMEDY
    local version
    version=$(haproxy -v 2>/dev/null | sed -n '1s/^HA-\{0,1\}Proxy version \([0-9]*\.[0-9]*\).*/\1/p')
    case $version in
        '' | 1.* | 2.[0-3]) fail "HAProxy is ${version:-not there}, and 2.4 or newer is needed" "$1" ;;
    esac
}

# The package starts an HAProxy of its own with the host.
keep_haproxy_off() { # WHO
    local enabled active
    enabled=$(systemctl is-enabled haproxy 2>/dev/null || true)
    active=$(systemctl is-active haproxy 2>/dev/null || true)
    mkdir -p "$state/units" "$state/haproxy-kept-off"
    : >"$state/haproxy-kept-off/$1"
    [ -e "$state/units/haproxy" ] || printf '%s %s\n' "${enabled:-none}" "${active:-none}" >"$state/units/haproxy"
    if [ "$enabled" = enabled ]; then quietly systemctl disable haproxy; changed "disabled haproxy, in whose place ours runs"; fi
    if [ "$active" = active ]; then quietly systemctl stop haproxy; changed "stopped haproxy, in whose place ours runs"; fi
}

give_haproxy_back() { # WHO
    local enabled active
    rm -f "$state/haproxy-kept-off/$1"
    [ -z "$(ls -A "$state/haproxy-kept-off" 2>/dev/null)" ] || return 0
    [ -e "$state/units/haproxy" ] || return 0
    read -r enabled active <"$state/units/haproxy"
    if [ "$enabled" = enabled ]; then quietly systemctl enable haproxy; changed "enabled haproxy"; fi
    if [ "$active" = active ]; then
        if quietly systemctl start haproxy; then changed "started haproxy"; else notes+=("haproxy, which ran before, does not start: see 'journalctl -u haproxy'"); fi
    fi
    rm -f "$state/units/haproxy"
    rmdir "$state/haproxy-kept-off" 2>/dev/null || true
}
