# shellcheck shell=bash
# What is asked before the engine is touched: faults that would leave it down, or containers without their engine.

check_host_for_containerd() {
    { command -v containerd && command -v ctr && command -v runc; } >/dev/null ||
        fail "containerd, ctr or runc is not installed" "run the whole stack: its 'prepare' step installs them"
    if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && ! command -v apparmor_parser >/dev/null; then
        fail "the kernel enforces AppArmor, and no apparmor_parser is here: no pod would start" "install the package apparmor"
    fi
    check_docker
    check_flags
    check_scores
    check_root
    check_tasks
}

# Docker runs its containers by this engine too, and with a configuration of its own.
check_docker() {
    [ ! -e "$state/docker-before" ] ||
        fail "this host still has the role docker, which goes only after this step" \
            "take the role docker off it, without giving it containerd, and run 'make up'; then give it containerd"
    ! unit_is active docker.service ||
        fail "Docker's engine runs here, by this containerd" \
            "give the node the role docker instead, or move its containers and run 'systemctl disable --now docker.socket docker.service'"
}

check_flags() {
    local flags
    flags=$(systemctl show -p ExecStart containerd.service | grep -oE -- ' (--(config|root|address|state)|-[ac])[ =]' | tr -d ' =' | sort -u | tr '\n' ' ') || true
    [ -z "$flags" ] ||
        fail "containerd.service has ${flags% }on its command line, which is over what its configuration says" \
            "take it out ('systemctl cat containerd' shows where), and set what it is for in datacentre:containerd"
}

# The kernel lets nobody take less of its wish to be killed than it was given, unless with this capability (bit 24).
check_scores() {
    local bound
    bound=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status)
    [ -n "$restrict_scores" ] || [ $((0x${bound:-ffffffff} >> 24 & 1)) = 1 ] ||
        fail "this host is without CAP_SYS_RESOURCE, so that no pod would start: each asks for a low OOM score" \
            "set datacentre:containerd.restrictOomScoreAdj: true, or use a host with all capabilities"
}

check_root() {
    local there=$root kind free inodes
    while [ ! -d "$there" ]; do there=${there%/*}; there=${there:-/}; done
    kind=$(stat -f -c %T "$there")
    case $snapshotter:$kind in
        overlayfs:overlayfs | overlayfs:nfs* | overlayfs:cifs | overlayfs:smb* | overlayfs:fuse* | overlayfs:aufs)
            fail "snapshotter overlayfs does not work on $kind, the file system of $root" \
                "put containerd.root on ext4 or on xfs with ftype=1, or choose containerd.snapshotter native" ;;
    esac
    if [ "$snapshotter:$kind" = overlayfs:xfs ] && xfs_info "$there" 2>/dev/null | grep ftype=0 >/dev/null; then
        fail "$root is on an xfs made with ftype=0, which overlayfs does not work on" \
            "make the file system again with 'mkfs.xfs -n ftype=1', or choose another containerd.root"
    fi
    free=$(df -Pm "$there" | awk 'NR == 2 {print $4}')
    [ "$free" -ge 256 ] || fail "only $free MiB are free at $root" "free some GiB there, or choose another containerd.root"
    inodes=$(df -Pi "$there" | awk 'NR == 2 {print $4}')
    [[ ! $inodes =~ ^[0-9]+$ ]] || [ "$(df -Pi "$there" | awk 'NR == 2 {print $2}')" = 0 ] || [ "$inodes" -ge 1000 ] ||
        fail "only $inodes inodes are free at $root" "remove small files there, or choose another containerd.root"
    [ "$root" = /var/lib/containerd ] || [ -z "$(ls -A /var/lib/containerd/io.containerd.content.v1.content 2>/dev/null)" ] ||
        notes+=("/var/lib/containerd holds images of an earlier engine, which are not seen from $root; nothing was removed")
}

# Where the engine keeps its data by the configuration that is there now.
root_now() {
    local there
    there=$(sed -nE 's/^root *= *"([^"]*)".*/\1/p' "$config" 2>/dev/null | head -n 1) || true
    printf '%s' "${there:-/var/lib/containerd}"
}

# "namespace container", a line each, of those that run.
running_tasks() {
    local space
    for space in $(ctr namespaces ls -q </dev/null 2>/dev/null); do
        ctr -n "$space" tasks ls </dev/null 2>/dev/null | awk -v space="$space" 'NR > 1 && $3 != "STOPPED" {print space, $1}'
    done
}

# With another root it would not know its running containers any more: they would go on without it.
check_tasks() {
    local now running
    unit_is active containerd.service || return 0
    now=$(root_now)
    [ "$now" != "$root" ] || return 0
    running=$(running_tasks | wc -l)
    [ "$running" = 0 ] ||
        fail "$running containers run at $now, and would be lost to the engine at $root" \
            "end them first (drain the node; 'ctr -n k8s.io tasks ls' shows them), or describe it as it is: containerd.root: $now"
}
