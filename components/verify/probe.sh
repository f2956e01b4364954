# shellcheck shell=bash
# What `make verify` runs on a host: functions for the questions, and the frame that asks them one after another.
# Everything here only reads.
set -u
# Where the operator's own machine asks an engine, with the programs that are the operator's: ops/lib/place.ts.
export LC_ALL=C PATH=${DATACENTRE_PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}

# active enabled
unit_state() { # UNIT
    local active enabled
    active=$(systemctl is-active "$1" 2>/dev/null)
    enabled=$(systemctl is-enabled "$1" 2>/dev/null)
    printf '%s %s\n' "${active:-unknown}" "${enabled:-unknown}"
}

# The sha256 of each file's content, or "absent", with its path.
digests() { # PATH...
    local path sum
    for path in "$@"; do
        sum=$(sha256sum 2>/dev/null <"$path") || sum=absent
        printf '%s %s\n' "${sum%% *}" "$path"
    done 2>/dev/null
}

# What a container does, and in which image, with a word on one that has another of the same name by now; then images that
# are not there, and a last line.
containers_image() { # CONTAINER IMAGE [IMAGE]...
    local container=$1 image
    shift
    if [ "$(docker container inspect -f '{{.Image}}' "$container" 2>/dev/null)" = "$(docker image inspect -f '{{.Id}}' "$1" 2>/dev/null)" ]; then
        docker container inspect -f '{{.State.Status}} {{.Config.Image}}' "$container" 2>/dev/null || printf 'no container %s\n' "$container"
    else
        printf '%s is not of the image %s\n' "$container" "$1"
    fi
    for image in "${@:2}"; do
        docker image inspect "$image" >/dev/null 2>&1 || printf 'image %s is not there\n' "$image"
    done
    printf 'end\n'
}

# Whether something accepts connections there.
port_open() { # ADDRESS PORT
    timeout 4 bash -c 'exec 3<>"/dev/tcp/$1/$2"' - "$1" "$2" 2>/dev/null && echo reached
}

# What a TCP server says to a few bytes.
talk() { # ADDRESS PORT BYTES
    exec 3<>"/dev/tcp/$1/$2" && printf '%b' "$3" >&3 && cat <&3
}

# The body of an HTTP answer, after its status code.
http_get() { # ADDRESS PORT PATH [HEADER]
    talk "$1" "$2" "GET $3 HTTP/1.0\r\nHost: $1:$2\r\n${4:+$4\r\n}\r\n" |
        awk 'NR == 1 {print $2} body {print} /^\r?$/ {body = 1}'
}

# Marathon's answer: its status code, then its body. Root has its login in a file on a host, and a container in its environment.
marathon_get() { # http://ADDRESS:PORT/PATH
    local rest=${1#http://} login=${MARATHON_HTTP_CREDENTIALS-}
    [ -n "$login" ] || login=$(sed -n 's/^MARATHON_HTTP_CREDENTIALS="\(.*\)"$/\1/p' /etc/marathon/credentials.env 2>/dev/null)
    local at=${rest%%/*}
    http_get "${at%:*}" "${at##*:}" "/${rest#*/}" "${login:+Authorization: Basic $(printf '%s' "$login" | base64 -w 0)}"
}

# path, free MiB, free inodes in percent ("-" where the file system does not count them)
free_space() { # PATH...: of a path that is not there, that of the nearest directory above
    local path at
    for path in "$@"; do
        at=$path
        until [ -e "$at" ]; do at=${at%/*}; at=${at:-/}; done
        printf '%s %s %s\n' "$path" "$(df -Pm "$at" | awk 'NR == 2 {print $4}')" \
            "$(df -Pi "$at" | awk 'NR == 2 {print ($2 + 0 > 0) ? int($4 * 100 / $2) : "-"}')"
    done
}

# The places of our block in the table of file systems that have just the one that it names, and a last line.
own_mounts() {
    local source path
    awk '/^# datacentre: end$/ {inside = 0} inside {print $1, $2} /^# datacentre: begin$/ {inside = 1}' /etc/fstab |
        while read -r source path; do
            mountpoint -q "$path" && [ "$(mountpoint -d "$path")" = "$(mountpoint -x "$(blkid -U "${source#UUID=}")" 2>/dev/null)" ] && printf '%s\n' "$path"
        done
    printf 'end\n'
}

# The family, then "name version" of those of the packages that are installed.
installed() { # auto|apt|yum NAME...
    local family=$1
    shift
    [ "$family" != auto ] || { if command -v apt-get >/dev/null; then family=apt; else family=yum; fi; }
    printf '%s\n' "$family"
    if [ "$family" = apt ]; then
        dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' "$@" 2>/dev/null |
            awk '$1 == "installed" {sub(/^[0-9]+:/, "", $3); print $2, $3}'
    else
        rpm -q --qf '%{NAME} %{VERSION}\n' "$@" 2>/dev/null | grep -v ' is not installed$'
    fi
}

# Names of units, of those given and of those that are called after us, that have failed; then a last line.
failed_units() { # UNIT...
    local unit
    systemctl list-units --failed --plain --no-legend --no-pager 'datacentre-*' 2>/dev/null | awk '{print $1}'
    for unit in "$@"; do
        ! systemctl is-failed --quiet "$unit" 2>/dev/null || printf '%s\n' "$unit"
    done
    printf 'end\n'
}

# Where the host has an address from, as far as it is told: absent, container, cloud, lease (whose end is known), file, or hand.
# A lease may be another one after a reboot, but for a cloud's, and what was set by hand is gone then.
address_from() { # ADDRESS
    local line
    line=$(ip -o -4 address show 2>/dev/null | grep -wF -- "inet ${1}" | head -n 1)
    if [ -z "$line" ]; then
        printf 'absent\n'
    elif systemd-detect-virt -cq 2>/dev/null; then
        printf 'container\n'
    elif [[ " $line " == *' dynamic '* ]]; then
        if [ -e "${cloud_init:-/run/cloud-init/instance-data.json}" ]; then printf 'cloud\n'; else printf 'lease\n'; fi
    elif grep -rqswF -- "$1" /etc/network/interfaces /etc/network/interfaces.d /run/network /etc/netplan /etc/systemd/network /run/systemd/network \
        /etc/NetworkManager/system-connections /etc/sysconfig/network-scripts /etc/cloud /var/lib/cloud/instance; then
        printf 'file\n'
    else
        printf 'hand\n'
    fi
}

# Our block in the hosts file, then a last line.
hosts_block() {
    awk '/^# datacentre: end$/ {inside = 0} inside {print} /^# datacentre: begin$/ {inside = 1}' /etc/hosts && printf 'end\n'
}

# Which of the units that can keep the time are active.
time_units() {
    local unit
    for unit in systemd-timesyncd chrony chronyd ntp ntpd ntpsec; do
        ! systemctl is-active --quiet "$unit" 2>/dev/null || printf '%s ' "$unit"
    done
    printf 'end\n'
}

# Whom the service that keeps the time is told to ask: by its own file, or the drop-in of ours.
time_servers() {
    local unit file
    for unit in $(time_units); do
        case $unit in
            systemd-timesyncd) sed -n 's/^NTP=//p' "${1-}"/etc/systemd/timesyncd.conf.d/*.conf | tr ' ' '\n'; continue ;;
            chrony | chronyd) file=chrony/chrony.conf; [ -d "${1-}/etc/chrony" ] || file=chrony.conf ;;
            ntp | ntpd) file=ntp.conf ;;
            ntpsec) file=ntpsec/ntp.conf ;;
            *) continue ;;
        esac
        sed -nE 's/^[[:space:]]*(server|pool|peer)[[:space:]]+([^[:space:]]+).*/\2/p' "${1-}/etc/$file"
    done 2>/dev/null
    printf 'end\n'
}

# SELinux's mode, firewalld's state.
guards() {
    printf '%s %s\n' "$({ command -v getenforce >/dev/null && getenforce; } || printf none)" \
        "$(systemctl is-active firewalld 2>/dev/null || true)"
}

ask_all() { # asks ${commands[@]}; each answer stands between two marked lines
    local i
    export -f unit_state digests containers_image port_open talk http_get marathon_get free_space own_mounts installed failed_units address_from hosts_block time_units time_servers guards
    for i in "${!commands[@]}"; do
        printf '%s begin %d\n' "$mark" "$i"
        timeout -k 1 "$seconds" bash -c "${commands[i]}" 2>/dev/null </dev/null | head -c 1048576
        printf '\n%s end %d\n' "$mark" "$i"
    done
}
