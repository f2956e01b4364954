# shellcheck shell=bash
# What must hold of a host before anything on it is touched. All that is wrong is told at once, each with its remedy.

# Before the files of the host that are looked at; other than empty only where this is tried.
host_files=${host_files:-}
faults=()

# An empty array is unset to the bash of CentOS 7, so arrays that may be empty are asked for with a + or a -.

fault() { # PROBLEM REMEDY
    faults+=("$1"$'\n'"  remedy: $2")
}

check_host() {
    local new=
    [ -e "$state" ] || new=yes
    check_owner
    check_system
    check_family
    [ -z "${bundle_release-}" ] || check_bundle
    check_kernel
    if check_tools; then
        check_clock
        check_space "$new"
        check_address
        # What is ours by now, or was looked at then, is not in the way any more.
        if [ -n "$new" ]; then
            check_names
            check_ports
            note_distribution
        fi
    fi
    report_faults
}

report_faults() {
    local count=${#faults[@]}
    case $count in
        0) return 0 ;;
        1) fail "${faults[0]%%$'\n'*}" "${faults[0]#*$'\n'  remedy: }" ;;
    esac
    trap - ERR
    printf 'datacentre: %s on %s: %d things are in the way, and nothing was touched:\n' "$step" "$node" "$count" >&2
    printf -- '- %s\n' "${faults[@]}" >&2
    exit 1
}

# A host belongs to one stack: two that mend it by turns would each undo the other's work.
check_owner() {
    local owner
    owner=$(cat "$state/claim" 2>/dev/null || true)
    [ -z "$owner" ] || [ "$owner" = "$stack" ] ||
        fault "this host belongs to stack $owner" "leave it out of datacentre:nodes here, or destroy stack $owner first"
}

check_system() {
    [ -d "$host_files/run/systemd/system" ] || fault "systemd is not running" "use a host whose init is systemd"
    case $(uname -m) in
        x86_64 | aarch64) ;;
        *) fault "the machine is a $(uname -m)" "use x86_64 or aarch64 hosts" ;;
    esac
    local dir closed=()
    for dir in /etc /usr /var/lib; do [ -w "$host_files$dir" ] || closed+=("$dir"); done
    [ "${#closed[@]}" = 0 ] ||
        fault "${closed[*]} cannot be written" "mount it for writing, or use a host that takes packages (an image-based system does not)"
}

check_family() {
    local there=
    if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then there=apt; fi
    if command -v rpm >/dev/null && { command -v dnf || command -v yum; } >/dev/null; then there=${there:+$there }yum; fi
    if [ -z "$there" ]; then
        fault "neither apt nor yum is here" "use a host of the Debian or the Red Hat family"
    elif [ "$family" = auto ]; then
        family=${there%% *}
    elif [[ " $there " != *" $family "* ]]; then
        fault "its packages are described as $family, and it has $there" "set packages of node $node to $there, or leave it out"
    fi
}

# True only where the kernel can be looked into, and has MODULE neither in it nor to load.
kernel_lacks() { # MODULE
    local tree
    tree=$host_files/lib/modules/$(uname -r)
    [ ! -e "$host_files/sys/module/$1" ] && ! grep -qsw -- "$1" "$host_files/proc/filesystems" || return 1
    [ -e "$tree/modules.dep" ] || return 1
    ! grep -qsE "(^|/)$1\.ko(\.[a-z0-9]+)?(:|$)" "$tree/modules.dep" "$tree/modules.builtin"
}

check_kernel() {
    local need module why
    for need in ${needs[@]+"${needs[@]}"}; do
        module=${need%% *} why=${need#* }
        if [[ $module == cgroup[12] ]]; then
            check_cgroup "${module#cgroup}" "${why%%|*}" "${why#"${why%%|*}"}"
        elif kernel_lacks "$module"; then
            fault "its kernel $(uname -r) has no $module, which $why" "install the package with this kernel's further modules, or use another kernel"
        fi
    done
}

# The file is there only where version 2 is all that there is.
check_cgroup() { # VERSION WHY |OTHERWISE
    local major more='' or=${3:+"; or ${3#|}"} is=1 way=0
    [ ! -e "$host_files/sys/fs/cgroup/cgroup.controllers" ] || is=2
    [ "$is" != "$1" ] || return 0
    [ "$1" = 1 ] || way=1
    major=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
    major=${major:-0}
    if [ "$1" = 1 ] && [ "$major" -ge 258 ]; then
        fault "it has cgroup v2 only, and systemd $major knows no other: $2" "use a host with an older systemd, such as Debian 12's or Rocky 9's$or"
    elif [ "$1" = 2 ] && ! grep -qsw cgroup2 "$host_files/proc/filesystems"; then
        fault "it has cgroup v1, and its kernel $(uname -r) knows no other: $2" "use a host of a newer release$or"
    else
        [ "$1" = 2 ] || [ "$major" -lt 256 ] || more=' SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'
        fault "it has cgroup v$is$([ "$is" = 1 ] || printf ' only'): $2" \
            "start it with systemd.unified_cgroup_hierarchy=$way$more on the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub), and reboot$or"
    fi
}

check_tools() {
    local tool missing=()
    for tool in awk cmp comm df find getent ip mountpoint sha256sum ss; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    fault "it lacks ${missing[*]}" "install them (packages gawk or mawk, coreutils, diffutils, findutils, iproute2 or iproute, util-linux)"
    return 1
}

# A clock that is behind the last change of the package database makes certificates and signatures not yet valid.
check_clock() {
    local now last=0 path
    now=$(date +%s)
    for path in "$host_files/var/lib/dpkg/status" "$host_files/var/lib/rpm"; do
        [ ! -e "$path" ] || last=$(stat -c %Y "$path")
    done
    if [ "$now" -lt 1735689600 ] || [ "$now" -lt $((last - 86400)) ] || [ "$now" -gt 4102444800 ]; then
        fault "its clock says $(date -u +'%F %T') UTC, which cannot be" "set it (timedatectl set-ntp true, or date -s), and see to its time service"
    fi
}

# The file system that PATH is, or would be, on, and the MiB that are free there.
space_at() { # PATH
    local at=$1
    until [ -e "$at" ]; do at=${at%/*}; at=${at:-/}; done
    df -Pm "$at" | awk 'NR == 2 {print $6, $4}'
}

check_space() { # NEW
    local path paths=(/var) mount free seen=" "
    [ -z "$1" ] || paths+=(${data_dirs[@]+"${data_dirs[@]}"})
    for path in "${paths[@]}"; do
        read -r mount free <<<"$(space_at "$path")"
        [[ $seen != *" $mount "* ]] || continue
        seen+="$mount "
        [ "$free" -ge 512 ] || fault "only $free MiB are free under $path (file system $mount)" "free 2 GiB or more there"
    done
}

check_address() {
    ip -4 -o address show | grep -wF "$address" >/dev/null ||
        fault "no interface of this host has $address" "set the node's address in datacentre:nodes to one of: $(hostname -I)"
}

# Lines of the host's own stand before ours, and the first one counts. Its own name may stand for loopback.
check_names() {
    local want name found
    while read -r want name; do
        found=$(without_block "$host_files/etc/hosts" | { grep -v ' # datacentre: former member$' || true; } |
            awk -v name="$name" '{sub(/#.*/, "")} $1 ~ /^[0-9.]+$/ {for (i = 2; i <= NF; i++) if ($i == name && !n++) print $1}')
        if [ -z "$found" ] || [ "$found" = "$want" ]; then continue; fi
        if [ "$name" = "$node" ] && [[ $found == 127.* ]]; then continue; fi
        fault "its hosts file has $found for $name, which is $want in the description" \
            "take that name out of /etc/hosts (cloud-init's manage_etc_hosts writes it again), or name the node otherwise"
    done <<<"$hosts_block"
}

# One that runs in a unit that we would run as well is taken over; what runs there otherwise is somebody's.
check_ports() {
    local listeners spec port key what process name pid unit
    listeners=$(ss -ltnp 2>/dev/null || true)
    for spec in ${ports[@]+"${ports[@]}"}; do
        read -r port key what <<<"$spec"
        process=$(awk -v port="$port" '$4 ~ ":" port "$" && !n++ {print $6 == "" ? "?" : $6}' <<<"$listeners")
        [ -n "$process" ] || continue
        name=$(sed -n 's/^users:(("\([^"]*\)".*/\1/p' <<<"$process")
        pid=$(sed -n 's/^[^=]*,pid=\([0-9]*\),.*/\1/p' <<<"$process")
        unit=$(grep -oE '[^/]+\.(service|scope)' "$host_files/proc/${pid:-none}/cgroup" 2>/dev/null | tail -n 1 || true)
        if [ "$name" != docker-proxy ] && [[ -n $unit && " ${units[*]-} " == *" $unit "* ]]; then continue; fi
        [ "$key" = - ] && key= || key=", or choose another port ($key)"
        fault "port $port, which is for $what, is taken by ${name:-another program}${pid:+ (pid $pid${unit:+, $unit})}" \
            "stop it for good${unit:+ (systemctl disable --now $unit)}$key"
    done
}

# Others may do as well, with packages of the same names.
note_distribution() {
    local ID='' VERSION_ID='' PRETTY_NAME=''
    [ ! -r "$host_files/etc/os-release" ] || {
        ID=$(os_release ID)
        VERSION_ID=$(os_release VERSION_ID)
        PRETTY_NAME=$(os_release PRETTY_NAME)
    }
    case $ID:$VERSION_ID in
        debian:1[1-9] | ubuntu:2[02468].04 | centos:7 | alinux:3* | rocky:[89] | rocky:[89].* | almalinux:[89] | almalinux:[89].*) ;;
        *) notes+=("${PRETTY_NAME:-this system} is not among those that the package names are known for: Debian 11, Ubuntu 20.04, CentOS 7, Alibaba Cloud Linux 3, Rocky Linux 8, and newer") ;;
    esac
}

os_release() { # KEY
    sed -n "s/^$1=[\"']\{0,1\}\([^\"']*\)[\"']\{0,1\}\$/\1/p" "$host_files/etc/os-release" | tail -n 1
}
