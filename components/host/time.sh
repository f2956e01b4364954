# shellcheck shell=bash
# Who keeps a host's time: the service that does already, else chrony. Where time servers are described it asks those, whoever it is.
# A container without the right to set the clock has its host's time.

time_units=(systemd-timesyncd chrony chronyd ntp ntpd ntpsec)

# Sets `time_unit` to the service that this program sees to; empty where one is there and is to stay as it is. `time_package` is what
# brings it, where none is there.
choose_time_unit() {
    local unit
    time_unit='' time_package=
    for unit in "${time_units[@]}"; do
        [ ! -e "$state/units/$unit" ] || { time_unit=$unit; break; }
    done
    for unit in "${time_units[@]}"; do
        if [ -n "$time_unit" ] || ! unit_is active "$unit"; then continue; fi
        [ "${#time_servers[@]}" -gt 0 ] || return 0
        time_unit=$unit
    done
    if [ -z "$time_unit" ]; then if [ "$family" = apt ]; then time_unit=chrony; else time_unit=chronyd; fi; fi
    # What was there before us needs no package of ours.
    # shellcheck disable=SC2034 # read by prepare.sh
    [[ $time_unit != chrony* ]] || ran_before "$time_unit" || time_package=chrony
}

# Whether it kept the time before our first touch.
ran_before() { # UNIT
    if [ -e "$state/units/$1" ]; then grep -q ' active$' "$state/units/$1"; else unit_is active "$1"; fi
}

time_file() { # UNIT
    case $1 in
        systemd-timesyncd) printf /etc/systemd/timesyncd.conf.d/datacentre.conf ;;
        ntpsec) printf /etc/ntpsec/ntp.conf ;;
        ntp | ntpd) printf /etc/ntp.conf ;;
        *) if [ -d /etc/chrony ]; then printf /etc/chrony/chrony.conf; else printf /etc/chrony.conf; fi ;;
    esac
}

# What is to stand there; nothing where its own is to stay. A service that was there before keeps all that says anything but whom it asks.
time_text() { # UNIT FILE
    [ "${#time_servers[@]}" -gt 0 ] || return 0
    if [ "$1" = systemd-timesyncd ]; then
        printf '[Time]\nNTP=%s\nFallbackNTP=\n' "${time_servers[*]}"
    elif [[ $1 == chrony* ]] && ! ran_before "$1"; then
        printf '%s' "$time_config"
    else
        { grep -vE '^[[:space:]]*(server|pool|peer|sourcedir)[[:space:]]' "$2" 2>/dev/null || true; }
        printf 'server %s iburst\n' "${time_servers[@]}"
    fi
}

keep_time() {
    local file text print
    [ -n "$time_unit" ] || return 0
    file=$(time_file "$time_unit")
    # The x keeps trailing newlines through $().
    text=$(time_text "$time_unit" "$file" && printf x)
    text=${text%x}
    # Noted before its file is touched: how it was found is what undo gives back.
    enable_unit "$time_unit"
    for_unit "$time_unit"
    if [ -n "$text" ]; then put_file "$file" 0644 root:root "$text"; else restore_time "$file"; fi
    for_unit
    print=$(fingerprint "$text")
    run_unit "$time_unit" "$print"
    mark_applied "$time_unit" "$print"
}

restore_time() { # FILE
    if [ -e "$state/originals$1" ] || [ -e "$state/originals$1.absent" ]; then rm -f "$state/applied/$time_unit"; fi
    restore "$1"
}

undo_time() {
    local unit file before=${#changes[@]}
    for unit in "${time_units[@]}"; do
        [ -e "$state/units/$unit" ] || continue
        file=$(time_file "$unit")
        if ran_before "$unit"; then
            restore "$file"
            undo_unit "$unit"
            [ "${#changes[@]}" = "$before" ] || quietly systemctl restart "$unit" || notes+=("$unit, which ran before, does not start: see 'journalctl -u $unit'")
        else
            undo_unit "$unit"
            restore "$file"
        fi
    done
    drop_dirs /etc/systemd/timesyncd.conf.d
}
