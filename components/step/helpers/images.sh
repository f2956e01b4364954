# shellcheck shell=bash
# Services that run in containers: their images, and the units that are our own.

put_image() { # IMAGE: fetched now, since a start would not wait for it
    ! docker image inspect "$1" >/dev/null 2>&1 || return 0
    quietly timeout 1500 docker pull "$1" ||
        fail "cannot pull $1: $(tail -n 1 "$log")" "check its name in datacentre:sources and whether this host reaches its registry, or give an archive of it in datacentre:docker.images"
    changed "pulled $1"
}

image_id() { docker image inspect -f '{{.Id}}' "$1" 2>/dev/null; }

put_container_unit() { # UNIT CONTENT
    put_file "/etc/systemd/system/$1.service" 0644 root:root "$2"
}

# Also where the service is installed by now: systemd would prefer the unit that is our own.
drop_container_unit() { # UNIT CONTAINER
    local record=$state/originals/etc/systemd/system/$1.service
    [ -e "$record" ] || [ -e "$record.absent" ] || return 0
    quietly systemctl stop "$1" || true
    # Left where its client was killed.
    if command -v docker >/dev/null && docker container inspect "$2" >/dev/null 2>&1; then
        quietly docker rm -f "$2"
        changed "removed container $2"
    fi
    restore "/etc/systemd/system/$1.service"
}
