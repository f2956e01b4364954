# shellcheck shell=bash
# Programs that change something beyond files, while a host is only looked at: those that do so are not run but told of, and those that ask are
# run. host.sh puts this in their places. What of a program's arguments only asks is known here; whatever is not known is not run.

look_home=${DATACENTRE_LOOK%/*}

# shellcheck disable=SC2034 # read by host.sh
# In their places; tests hold that scripts call no other program that may change something.
look_programs=(
    apt-get dpkg rpm yum dnf systemctl docker dockerd containerd curl wget ctr crictl kubectl etcdctl calicoctl gluster glusterfs java
    ip iptables ip6tables iptables-restore ip6tables-restore iptables-legacy-restore iptables-nft-restore nft ipset modprobe rmmod sysctl
    mount umount swapoff unshare nsenter kill pkill killall fuser setenforce hostnamectl timedatectl chronyc reboot shutdown
    mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs birdc conntrack squid glusterd docker-registry runuser update-alternatives haproxy named-checkconf
    df mountpoint xfs_info blkid findmnt lsblk
)

look_act() { # TEXT
    [ -n "${look_mute-}" ] && return 0
    printf '%s\n' "$1" >>"$look_acts"
    printf 'A %.200s\n' "${1//$'\n'/ }" >&8
}

look_has() { # WORDS ARGUMENT...: whether an argument is one of the words
    local words=" $1 " one
    shift
    for one; do [[ $words != *" $one "* ]] || return 0; done
    return 1
}

# The arguments that are no options.
look_bare() {
    local one
    for one; do [[ $one == -* ]] || printf '%s ' "$one"; done
}

look_reads() { # PROGRAM ARGUMENT...
    local program=$1 bare
    shift
    bare=$(look_bare "$@")
    case $program in
        systemctl) [[ $bare =~ ^(is-[a-z-]+|show|cat|status|list-[a-z-]+|get-default)\  ]] || look_has "--version --help" "$@" ;;
        docker)
            [[ $bare =~ ^(info|version|ps|images|inspect|logs|top|port|search)\  ||
                $bare =~ ^(image|container|network|volume|system|context)\ (ls|list|inspect|df|info|show)\  ]] || look_has "--version --help" "$@" ;;
        apt-get) look_has "-s --simulate --print-uris --version" "$@" ;;
        dpkg) [[ ${1-} =~ ^(-l|-s|-L|-S|-W|-V|--(list|status|listfiles|search|verify|print-.*|compare-versions|get-selections|audit))$ ]] ;;
        rpm) [[ ${1-} =~ ^(-q.*|-V.*|--query|--eval|-E|-K|--checksig|--version)$ ]] ;;
        yum | dnf) look_has "--assumeno list info repoquery repolist provides search check-update deplist --version" "$@" ;;
        containerd) [[ $bare =~ ^config\  ]] || look_has "--version -v --help" "$@" ;;
        birdc) [[ $bare =~ ^show\  ]] ;;
        conntrack) look_has "-L --dump -C --count" "$@" ;;
        squid) look_has "-v parse check" "$@" ;;
        dockerd | glusterd | docker-registry | haproxy | java | named-checkconf | glusterfs) look_has "--version -version -v -V --help --validate -c" "$@" ;;
        ctr | crictl) [[ $bare =~ \ ?(ls|list|info|ps|images|inspect[a-z]*|version|check|label|content)\  ]] ;;
        kubectl) [[ $bare =~ (^|\ )(get|version|describe|diff|cluster-info|api-resources|api-versions|whoami|can-i|view|explain)\  ]] ;;
        etcdctl) [[ $bare =~ (^|\ )((member|alarm|user|role)\ list|endpoint\ [a-z]+|get|version|cluster-health|ls)\  ]] ;;
        calicoctl) [[ $bare =~ ^(get|version|convert|(ipam|datastore)\ (show|check)|node\ status)\  ]] ;;
        gluster) [[ $bare =~ ^(pool\ list|peer\ status|volume\ (list|info|status|get)|volume\ heal\ [^ ]+\ info)\  || $bare =~ ^volume\ (rebalance|remove-brick)\ .*\ status\  ]] || look_has --version "$@" ;;
        ip) [[ $bare =~ ^[a-z0-9]+\ ((show|list|ls|get|lst)\ .*)?$ ]] ;;
        iptables | ip6tables) look_has "-L -S -C -nL --list --list-rules --check -V --version" "$@" ;;
        nft | ipset) [[ $bare =~ ^list\  ]] ;;
        iptables*restore | ip6tables-restore) look_has "-t --test" "$@" ;;
        sysctl) ! look_has "-w -p --system --load --write" "$@" && [[ "$*" != *=* ]] ;;
        modprobe) look_has "-n --dry-run --show -D -V" "$@" ;;
        nsenter) [[ "$*" =~ \ ip\ (-[a-z0-9]+\ )*link$ ]] ;;
        hostnamectl | timedatectl) [[ $bare =~ ^((status|show|show-.*|list-.*)\ )?$ ]] ;;
        chronyc) [[ $bare =~ ^(tracking|sources|sourcestats|activity)\  ]] ;;
        update-alternatives) look_has "--list --display --query" "$@" ;;
        fuser) ! look_has "-k --kill" "$@" ;;
        kill) [ "${1-}" = -0 ] ;;
        df | mountpoint | xfs_info | blkid | findmnt | lsblk) ;;
        curl | wget) look_asks "$@" ;;
        *) return 1 ;;
    esac
}

# Programs ask for some things by POST; the message of such a call comes by stdin, and has been read to `look_message`.
look_asks() { # ARGUMENT...
    local one was='' url=''
    for one; do
        case $was in -X | --request) [[ $one == GET || $one == HEAD ]] || return 1 ;; esac
        case $one in
            -T | --upload-file | -F | --form | -X[!GH]*) return 1 ;;
            -d | --data | --data-binary | --data-raw | --json) url=wanted ;;
            http*://*) [ -z "$url" ] || url=$one ;;
        esac
        was=$one
    done
    case $url in
        '' | wanted) [ -z "$url" ] ;;
        */v3/kv/range | */v3/maintenance/status | */v3/cluster/member/list | */v3/auth/status) ;;
        */runtime.v1.*/Version | */runtime.v1.*/*Status | */runtime.v1.*/List* | */runtime.v1.*/*Info) ;;
        */api/v1) [[ ${look_message-} =~ \"type\":\ *\"GET_ ]] ;;
        *) return 1 ;;
    esac
}

# What changes nothing that is described.
look_is_nothing() { # PROGRAM ARGUMENT...
    case "$1 $(look_bare "${@:2}")" in
        "systemctl daemon-reload "* | "systemctl reset-failed "* | "apt-get update "* | "modprobe "*) return 0 ;;
        "dpkg ") [ "$2" = --configure ] ;;
        *) return 1 ;;
    esac
}

look_command() { # PROGRAM ARGUMENT...
    local program=$1 look_message=
    shift
    if [[ $program == curl && " $* " == *' @- '* && " $* " == */api/v1* ]]; then
        look_message=$(cat)
        if look_reads curl "$@"; then "$look_home/real/curl" "$@" <<<"$look_message"; return; fi
    elif look_reads "$program" "$@"; then
        case $program in
            # Of the file systems themselves, and not of what was laid over them; and systemctl answers nobody who has another root than systemd.
            systemctl | df | mountpoint | xfs_info | blkid | findmnt | lsblk) look_at_host "$program" "$@" ;;
            *) "$look_home/real/$program" "$@" ;;
        esac
        return
    fi
    look_is_nothing "$program" "$@" || look_act "$(look_named "$program" "$@")"
}

look_at_host() { chroot "$look_home/host" "$@"; }

# As far as nothing secret can be in it: a program, what it is to do and to whom.
look_named() { # PROGRAM ARGUMENT...
    local words method=
    words=$(look_bare "${@:2}")
    case $1 in
        curl | wget)
            [[ " $* " =~ \ -X\ ?([A-Z]+)\  ]] && method="${BASH_REMATCH[1]} "
            printf 'curl %s%s' "$method" "$(grep -oE '(https?|unix)://[^ ?]+' <<<"$*" | sed 's,//[^/@]*@,//,' | head -n 1 || true)" ;;
        systemctl | modprobe | ip | mount | umount) printf '%s %s' "$1" "${words% }" ;;
        *) read -r -a words <<<"$words"; printf '%s' "$1${words[0]:+ ${words[0]}}${words[1]:+ ${words[1]}}" ;;
    esac
}
