# shellcheck shell=bash
# A package's own unit kept off, for steps that run its program in units of ours. Several steps of a host may need that: each says so by
# a mark of its own, and the last one that goes gives the unit back.

keep_off() { # UNIT WHO
    local enabled active
    enabled=$(systemctl is-enabled "$1" 2>/dev/null || true)
    active=$(systemctl is-active "$1" 2>/dev/null || true)
    mkdir -p "$state/units" "$state/kept-off/$1"
    : >"$state/kept-off/$1/$2"
    [ -e "$state/units/$1" ] || printf '%s %s\n' "${enabled:-none}" "${active:-none}" >"$state/units/$1"
    if [ "$enabled" = enabled ]; then quietly systemctl disable "$1"; changed "disabled $1, in whose place ours runs"; fi
    if [ "$active" = active ]; then quietly systemctl stop "$1"; changed "stopped $1, in whose place ours runs"; fi
}

# True when nobody keeps it off any more.
give_back() { # UNIT WHO
    local enabled active
    rm -f "$state/kept-off/$1/$2"
    [ -z "$(ls -A "$state/kept-off/$1" 2>/dev/null)" ] || return 1
    rmdir "$state/kept-off/$1" "$state/kept-off" 2>/dev/null || true
    [ -e "$state/units/$1" ] || return 0
    read -r enabled active <"$state/units/$1"
    if [ "$enabled" = enabled ]; then quietly systemctl enable "$1"; changed "enabled $1"; fi
    if [ "$active" = active ]; then
        if quietly systemctl start "$1"; then changed "started $1"; else notes+=("$1, which ran before, does not start: see 'journalctl -u $1'"); fi
    fi
    rm -f "$state/units/$1"
}
