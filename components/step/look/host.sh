# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # mark, frame, commands, programs and secrets are parameters
# Lets steps run on a host without anything of it reaching the host: in a mount namespace of their own, where what they write goes to a
# file system in memory that is laid over the host's and gone with them, where programs that change more than files are replaced
# (commands.sh), and where the kernel's own settings cannot be written. All steps of a host see what those before them would have done.

export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
look_base=/run/datacentre/look

# Said to who asked, in place of any step.
cannot() { # WHY
    printf 'cannot look: %s\n' "$1"
    exit 3
}

look_host() { # as root, on the host
    [ "$(id -u)" = 0 ] || cannot "it runs as $(id -un), not as root"
    mkdir -p "$look_base"
    # As long as this looks, no step changes anything; one that is at work is not waited for.
    exec 9>>/run/datacentre/lock
    flock -s -n 9 || printf 'a step is at work\n'
    # The program once more, by stdin: its texts may hold secrets.
    { declare -p mark frame commands programs secrets look_base; declare -f; printf 'look_inside\n'; } |
        timeout -k 10 600 unshare --mount bash -c 'eval "$(cat)"' datacentre look || { [ "$?" = 3 ] || cannot "the step's namespace could not be made, or took too long"; }
    rmdir "$look_base" 2>/dev/null || true
}

look_inside() {
    local root=$look_base/root i=0 count=0
    mount --make-rprivate / || cannot "this user may not mount"
    mount -t tmpfs -o mode=0700,size=256m look "$look_base" || cannot "this user may not mount"
    mkdir "$look_base/up" "$look_base/work" "$root"
    lay_over / || cannot "its kernel lays no file system over another (overlay)"
    local at kind
    # Later mounts lie upon earlier ones.
    while read -r at kind; do
        at=$(printf '%b' "$at")
        case $at:$kind in
            /:* | /proc:* | /proc/*:* | /sys:* | /sys/*:* | /dev:* | /dev/*:* | /run:* | /run/*:* | "$look_base"*:*) ;;
            # What containers have is nobody's description.
            */overlay2/*:* | */containerd/*:* | /var/lib/kubelet/*:* | *:nsfs | *:autofs | *:proc | *:sysfs) ;;
            *)
                if [ ! -d "$at" ]; then
                    # A file that is a mount of its own.
                    cp -a --remove-destination "$at" "$root$at"
                elif [[ ! $kind =~ ^(ext[234]|xfs|btrfs|f2fs|jfs|zfs|tmpfs|reiserfs)$ ]] || ! lay_over "$at"; then
                    ! mount --bind "$at" "$root$at" || mount -o remount,bind,ro "$root$at" || true
                fi
                ;;
        esac
    done < <(awk '{for (i = 7; i < NF; i++) if ($i == "-") {print $5, $(i + 1); next}}' /proc/self/mountinfo)
    for at in proc sys dev run; do mount --rbind "/$at" "$root/$at"; done
    # Sockets are reached all the same.
    while read -r at; do mount -o remount,bind,ro "$at" 2>/dev/null || true; done < <(awk -v root="$root" '$2 == root "/run" || $2 == root "/sys" || index($2, root "/run/") == 1 || index($2, root "/sys/") == 1 {print $2}' /proc/self/mounts)
    { mount --bind "$root/proc/sys" "$root/proc/sys" && mount -o remount,bind,ro "$root/proc/sys"; } || cannot "its /proc/sys cannot be closed"
    # Steps write there.
    for at in /run/datacentre /run/systemd/system /run/flannel; do [ ! -d "$at" ] || lay_over "$at" || true; done
    install_programs
    : >"$look_base/stamp"
    for ((i = 0; i < ${#programs[@]}; i++)); do
        printf '\n%s begin %s\n' "$mark" "$i"
        printf '%s' "${programs[i]}" |
            DATACENTRE_LOOK=/.datacentre/frame.sh DATACENTRE_LOOK_SECRET=${secrets[i]} timeout 100 chroot "$root" /bin/bash -c 'eval "$(cat)"' datacentre look 2>"$look_base/said" ||
            why_not "$?"
        [ ! -d "$look_base/up" ] || unaccounted
        printf '\n%s end %s\n' "$mark" "$i"
    done
}

# Of a program that ended before it was a step, such as one whose scripts this host has lost.
why_not() { # STATUS
    sed -n 's/^datacentre: [^:]*: /P /p; s/^  remedy: /R /p' "$look_base/said" | grep . ||
        printf 'P it could not be looked at: its program ended with status %s\nR see whether the last make up of this stack was by this version of the program\n' "$1"
}

# A file system in memory upon PATH of the host, in the steps' root.
lay_over() { # PATH
    count=$((count + 1))
    # What is laid over a directory is that directory for whoever asks.
    mkdir "$look_base/up/$count" "$look_base/work/$count" &&
        chown --reference="$1" "$look_base/up/$count" && chmod --reference="$1" "$look_base/up/$count" &&
        mount -t overlay -o "lowerdir=${1//:/\\:},upperdir=$look_base/up/$count,workdir=$look_base/work/$count" overlay "$root${1%/}" 2>/dev/null || return 1
    printf -v "laid_$count" %s "${1%/}"
}

# The programs that change more than files, wherever they are, give way to one that knows which of their calls ask.
install_programs() {
    local own=$root/.datacentre name at
    mkdir -m 0700 "$own" "$own/real" "$own/host"
    mount --rbind / "$own/host" || cannot "its root cannot be bound"
    printf '%s' "$frame" >"$own/frame.sh"
    printf '%s' "$commands" >"$own/commands.sh"
    # shellcheck disable=SC2016
    printf '%s\n' '#!/bin/bash' 'export DATACENTRE_LOOK=/.datacentre/frame.sh look_acts=${look_acts:-/dev/null}' '. /.datacentre/commands.sh' 'look_command "${0##*/}" "$@"' >"$own/command"
    chmod 0700 "$own/command"
    DATACENTRE_LOOK=/.datacentre/frame.sh
    # Sets look_programs.
    eval "$commands"
    shopt -s nullglob
    for name in "${look_programs[@]}"; do
        for at in {/usr/local,/usr,}/{sbin,bin}/"$name" /opt/datacentre/*/"$name" /opt/datacentre/*/bin/"$name"; do
            if [ ! -x "$at" ] || [ "$(readlink -f "${at%/*}")" != "${at%/*}" ]; then continue; fi
            [ -e "$own/real/$name" ] || [ -L "$own/real/$name" ] || ln -s "/.datacentre/host$(readlink -f "$at")" "$own/real/$name"
            ln -sfT /.datacentre/command "$root$at"
        done
    done
}

# Files that a step would have written or removed without counting it. Ours on the host, caches and logs are not described.
unaccounted() {
    local n at path laid
    for ((n = 1; n <= count; n++)); do
        laid=laid_$n laid=${!laid-}
        [[ $laid != /run* ]] || continue
        while IFS= read -r at; do
            path=$laid${at#"$look_base/up/$n"}
            case $path in
                # Of a user that is told of.
                /etc/passwd* | /etc/group* | /etc/shadow* | /etc/gshadow* | /etc/subuid* | /etc/subgid* | /etc/.pwd.lock) continue ;;
                /.datacentre/* | /var/lib/datacentre/* | /tmp/* | /var/tmp/* | /var/cache/* | /var/log/* | /var/lib/apt/* | /var/lib/dpkg/* | /var/lib/rpm/* | /root/.cache/*) continue ;;
            esac
            if [ -c "$at" ]; then [ ! -e "$path" ] || printf 'U %s would be removed\n' "$path"
            elif ! cmp -s "$at" "$path"; then printf 'U %s would be written\n' "$path"; fi
        done < <(find "$look_base/up/$n" \( -type f -o -type c \) -newer "$look_base/stamp" 2>/dev/null)
    done
    : >"$look_base/stamp"
}
