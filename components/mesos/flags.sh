# shellcheck shell=bash
# Flags as Mesos' packages take them: a file each, named like the flag, in a directory that mesos-init-wrapper reads.

put_flags() { # DIRECTORY NAME=VALUE...: just these, so that a flag which is described no more is gone
    local dir=$1 flag file
    shift
    for flag in "$@"; do put_file "$dir/${flag%%=*}" 0644 root:root "${flag#*=}"$'\n'; done
    for file in "$dir"/* "$dir"/.[!.]*; do
        [ -e "$file" ] || [ -L "$file" ] || continue
        ! has_flag "${file##*/}" "$@" || continue
        remember "$file"
        [ -z "$service" ] || rm -f "$state/applied/$service"
        rm -rf "$file"
        changed "removed $file"
    done
}

has_flag() { # NAME NAME=VALUE...
    local name=$1 flag
    shift
    for flag in "$@"; do [ "${flag%%=*}" != "$name" ] || return 0; done
    return 1
}

undo_flags() { # DIRECTORY
    local record
    for record in "$state/originals$1"/*; do
        [ -e "$record" ] || [ -L "$record" ] || continue
        record=${record#"$state/originals"}
        restore "${record%.absent}"
    done
    drop_dirs "$1"
}

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

http() { timeout 5 curl -sS -o /dev/null -w '%{http_code}' "$1" 2>/dev/null || true; } # URL: its status

get() { timeout 10 curl -fsS "$1" 2>/dev/null; }

healthy() { [ "$(http "http://$1/health")" = 200 ]; } # ADDRESS:PORT

# A metric that stands at 1.
is_one() { get "http://$1/metrics/snapshot" | grep -E "\"$2\": *1(\\.0)?[,}]" >/dev/null; } # ADDRESS:PORT NAME

why() { journal_says "$1" -E '^[EF][0-9]{4}|^docker: |Failed|EXIT|unknown flag|Incompatible|ERROR'; } # UNIT
