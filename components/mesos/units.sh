# shellcheck shell=bash
# Masters and agents on a host: their units, whichever way they run, and how they are.

# Its library begins a new file at each start and at a size that it takes from its environment, and removes none. No file is cut while it is
# written to (the library would go on behind the cut): what nothing was written to for two weeks goes, by systemd's own timer. A change of
# this restarts nothing, and holds from the next start on.
logs_rule=/etc/tmpfiles.d/datacentre-mesos.conf
put_logs() { # UNIT
    local kept=$service
    for_unit
    mkdir -p "$state/mesos-logs" && : >"$state/mesos-logs/$1"
    put_file "$logs_rule" 0644 root:root $'# datacentre: logs of masters and agents\nd /var/log/mesos - - - 14d\n'
    put_file "/etc/systemd/system/$1.service.d/datacentre-logs.conf" 0644 root:root $'[Service]\nEnvironment=GLOG_max_log_size=100\n'
    for_unit "$kept"
}

# A host may have a master and an agent.
drop_logs() { # UNIT
    restore "/etc/systemd/system/$1.service.d/datacentre-logs.conf"
    rm -f "$state/mesos-logs/$1"
    if [ -d "$state/mesos-logs" ] && ! rmdir "$state/mesos-logs" 2>/dev/null; then return 0; fi
    restore "$logs_rule"
}

drop_files_of_package() { # UNIT FILES
    drop_logs "$1"
    restore "/etc/systemd/system/$1.service.d/datacentre.conf" "/etc/default/$2"
    undo_flags "/etc/$2"
    drop_dirs "/etc/systemd/system/$1.service.d"
}

# Whichever way it runs.
undo_program() { # UNIT, whose files have its name, or that of another which is undone as well
    undo_unit "$1"
    drop_container_unit "$1" "datacentre-$1"
    restore "/etc/mesos/$1.env"
    drop_files_of_package "$1" "$1"
}

# An agent in another layout, or in the other way to run, gives way to the one that is described. Its tasks stay: they are the work
# directory's.
leave_other_layouts() {
    local one
    for one in "${agent_units[@]}"; do
        if [ "$one" != "$unit" ]; then
            stop_left "$one"
            drop_container_unit "$one" "datacentre-$one"
            restore "/etc/mesos/$one.env"
            drop_logs "$one"
            restore "/etc/systemd/system/$one.service.d/datacentre.conf"
            drop_dirs "/etc/systemd/system/$one.service.d"
            rm -f "$state/applied/$one" "$state/units/$one"
        fi
        if [ "/etc/$one" != "$settings" ]; then
            restore "/etc/default/$one"
            undo_flags "/etc/$one"
        fi
    done
}

# Where its package is gone, systemd knows the unit no more, and would end all that the agent has started with it.
stop_left() { # UNIT
    local stand_in=$unit_run/$1.service
    if [[ $(systemctl is-active "$1" 2>/dev/null) == @(active|activating|reloading|deactivating) ]]; then
        if ! package_unit "$1" >/dev/null && [ ! -e "$unit_home/$1.service" ]; then
            mkdir -p "$unit_run"
            printf '[Service]\nExecStart=/bin/true\nKillMode=process\n' >"$stand_in"
            reload_units
        fi
        quietly systemctl stop "$1"
        changed "stopped $1, in whose place $unit runs"
    fi
    if unit_is enabled "$1"; then quietly systemctl disable "$1"; fi
    # A package that went may leave the link by which it was enabled.
    if ! package_unit "$1" >/dev/null; then rm -f "$unit_home/multi-user.target.wants/$1.service"; fi
    [ ! -e "$stand_in" ] || { rm -f "$stand_in" && reload_units; }
}

drop_executor_image() {
    local image
    command -v docker >/dev/null || return 0
    for image in $(docker image ls -q datacentre/mesos-executor 2>/dev/null); do
        ! quietly docker rmi -f "$image" || changed "removed image $image, of executors"
    done
}

# A package brings the units of masters and agents alike, and starts both with the host. A master too many can break the
# log that the others share.
keep_off() { # UNIT
    if unit_is enabled "$1"; then quietly systemctl disable "$1"; changed "disabled $1, which is not described here"; fi
    if unit_is active "$1"; then quietly systemctl stop "$1"; changed "stopped $1, which is not described here"; fi
}

keep_agents_off() {
    local one
    for one in "${agent_units[@]}"; do keep_off "$one"; done
}
