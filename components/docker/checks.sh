# shellcheck shell=bash
# What is asked before the engine is touched: faults that would leave it down, or containers without their engine.

check_host_for_docker() {
    { command -v dockerd && command -v docker; } >/dev/null ||
        fail "dockerd or docker is not installed" "run the whole stack: its 'prepare' step installs them"
    if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && ! command -v apparmor_parser >/dev/null; then
        fail "the kernel enforces AppArmor, and no apparmor_parser is here: no container would start" \
            "install the package apparmor"
    fi
    check_flags
    check_data_root
    check_containers
    check_store
}

# A setting in the unit and in daemon.json at once keeps the daemon from starting.
check_flags() {
    local flags clash names='data-root|graph|storage-driver|live-restore|log-driver|log-opt|mtu|insecure-registry|registry-mirror'
    [ -z "$cluster_store" ] || names+='|cluster-store'
    flags=$(systemctl show -p ExecStart docker.service; grep -hs '^[^#]' /etc/default/docker /etc/sysconfig/docker || true)
    clash=$(grep -oE -- "(--($names)\\b|(^|[ \"])-[gs] )" <<<"$flags" | tr -d ' "' | sort -u | tr '\n' ' ') || true
    [ -z "$clash" ] ||
        fail "docker.service or /etc/default/docker sets ${clash% }, which daemon.json sets too: dockerd refuses both" \
        "take it out there ('systemctl cat docker' shows where), and set it in datacentre:docker"
}

check_data_root() {
    local there=$data_root kind free inodes other
    while [ ! -d "$there" ]; do there=${there%/*}; there=${there:-/}; done
    kind=$(stat -f -c %T "$there")
    case $storage_driver:$kind in
        overlay2:overlayfs | overlay2:nfs* | overlay2:cifs | overlay2:smb* | overlay2:fuse* | overlay2:aufs)
            fail "storage driver overlay2 does not work on $kind, the file system of $data_root" \
                "put docker.dataRoot on ext4 or on xfs with ftype=1, or choose docker.storageDriver vfs" ;;
        btrfs:btrfs | zfs:zfs | vfs:* | overlay2:*) ;;
        *) fail "storage driver $storage_driver needs a file system of its kind, and $data_root is on $kind" \
            "choose docker.storageDriver overlay2, or put docker.dataRoot on $storage_driver" ;;
    esac
    if [ "$storage_driver:$kind" = overlay2:xfs ] && xfs_info "$there" 2>/dev/null | grep ftype=0 >/dev/null; then
        fail "$data_root is on an xfs made with ftype=0, on which overlay2 loses files" \
            "make the file system again with 'mkfs.xfs -n ftype=1', or choose another docker.dataRoot"
    fi
    free=$(df -Pm "$there" | awk 'NR == 2 {print $4}')
    [ "$free" -ge 256 ] || fail "only $free MiB are free at $data_root" "free some GiB there, or choose another docker.dataRoot"
    inodes=$(df -Pi "$there" | awk 'NR == 2 {print $4}')
    [[ ! $inodes =~ ^[0-9]+$ ]] || [ "$(df -Pi "$there" | awk 'NR == 2 {print $2}')" = 0 ] || [ "$inodes" -ge 1000 ] ||
        fail "only $inodes inodes are free at $data_root" "remove small files there, or choose another docker.dataRoot"
    for other in aufs btrfs devicemapper overlay overlay2 vfs zfs; do
        [ "$other" = "$storage_driver" ] || [ -z "$(ls -A "$data_root/$other" 2>/dev/null)" ] ||
            notes+=("$data_root/$other holds images of driver $other, which $storage_driver does not see; nothing was removed")
    done
    [ "$data_root" = /var/lib/docker ] || [ -z "$(ls -A /var/lib/docker/image 2>/dev/null)" ] ||
        notes+=("/var/lib/docker holds images of an earlier engine, which are not seen from $data_root; nothing was removed")
}

# With another data root or driver a restarted daemon does not know its running containers any more: they would go on
# without it.
check_containers() {
    local now root driver running
    unit_is active docker.service || return 0
    now=$(timeout 20 docker info --format '{{.DockerRootDir}} {{.Driver}} {{.ContainersRunning}}' 2>/dev/null) || return 0
    read -r root driver running <<<"$now"
    { [ "$root" = "$data_root" ] && [ "$driver" = "$storage_driver" ]; } || [ "${running:-0}" = 0 ] ||
        fail "$running containers run at $root with $driver, and would be lost to the engine at $data_root with $storage_driver" \
            "stop them first ('docker ps'), or describe the node as it is: docker.dataRoot: $root, docker.storageDriver: $driver"
}

# From 23.0 on the engine reads a file on trial.
check_config() {
    local trial
    # One that runs with just this has taken it.
    ! runs_with_this || return 0
    dockerd --help 2>/dev/null | grep -e --validate >/dev/null || return 0
    trial=$(mktemp /run/datacentre/daemon.json.XXXXXX)
    printf '%s' "$daemon_json" >"$trial"
    if ! quietly dockerd --validate --config-file "$trial"; then
        rm -f "$trial"
        fail "this engine, $(dockerd --version), refuses its configuration: $(tail -n 1 "$log" | cut -c 1-240)" \
            "change datacentre:docker for this node, or its version in datacentre:versions.docker"
    fi
    rm -f "$trial"
}

runs_with_this() {
    is_applied docker.service "$print" && [ -e "$config" ] && [ "$(cat "$reloaded" 2>/dev/null)" = "$whole" ] && [ "$(file_print "$config")" = "$whole" ]
}
