# shellcheck shell=bash
# Masters and agents on a host: their units, whichever way they run, and how they are.

drop_files_of_package() { # UNIT
    restore "/etc/systemd/system/$1.service.d/datacentre.conf" "/etc/default/$1"
    undo_flags "/etc/$1"
    drop_dirs "/etc/systemd/system/$1.service.d"
}

# Whichever way it runs.
undo_program() { # UNIT
    undo_unit "$1"
    drop_container_unit "$1" "datacentre-$1"
    restore "/etc/mesos/$1.env"
    drop_files_of_package "$1"
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
