#!/usr/bin/env bash
# Makes the doubles' Debian packages, laid out as the real ones, and an apt repository of them.
#   packages/build.sh BINARIES TO
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binaries=$1 to=$2
architecture=$(dpkg --print-architecture)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
mkdir -p "$to"

# control NAME VERSION DEPENDS TEXT: the package's description, which says what it is.
control() {
    mkdir -p "$temp/$1/DEBIAN"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$1" "$2" "$architecture"
        printf 'Maintainer: datacentre lab <lab@localhost>\nSection: misc\nPriority: optional\n'
        [ -z "$3" ] || printf 'Depends: %s\n' "$3"
        printf 'Description: lab double of %s\n This is not the real program. It answers as the real one does, for a\n laboratory without downloads; see lab/doubles in the sources.\n' "$4"
    } >"$temp/$1/DEBIAN/control"
    local script
    for script in postinst prerm; do
        [ ! -e "$here/$1/$script" ] || install -m 0755 "$here/$1/$script" "$temp/$1/DEBIAN/$script"
    done
}

conffiles() { (cd "$temp/$1" && find etc -type f -printf '/%p\n' | sort) >"$temp/$1/DEBIAN/conffiles"; }

pack() {
    find "$temp/$1" -exec touch -h -d @1700000000 {} +
    SOURCE_DATE_EPOCH=1700000000 dpkg-deb --root-owner-group -Zgzip --build "$temp/$1" "$to" >/dev/null
}

# What all packages of Mesos have: the programs, the wrapper that reads their flag files, and two units.
programs() { # PACKAGE WORD-FOR-AGENT UNIT DIRECTORY DOTTED VERSION
    local root=$temp/$1
    install -D -m 0755 "$binaries/mesos-master" "$root$4/mesos-master"
    install -D -m 0755 "$binaries/mesos-agent" "$root$4/mesos-agent"
    mkdir -p "$root/usr/bin" "$root/lib/systemd/system"
    sed "s|@AGENT@|$2|g; s|@PROGRAMS@|$4|g; s|@DOTTED@|$5|g" "$here/mesos/mesos-init-wrapper.in" >"$root/usr/bin/mesos-init-wrapper"
    sed "s|@AGENT@|$2|g; s|@VERSION@|${6%%-*}|" "$here/mesos/agent.service.in" >"$root/lib/systemd/system/$3.service"
    sed "s|@VERSION@|${6%%-*}|" "$here/mesos/mesos-master.service.in" >"$root/lib/systemd/system/mesos-master.service"
    chmod 0755 "$root/usr/bin/mesos-init-wrapper" && chmod 0644 "$root/lib/systemd/system/"*
}

# As Mesosphere laid it out.
mesos() {
    local root=$temp/mesos
    rm -rf "$root"
    control mesos "$1" '' "Apache Mesos"
    programs mesos slave mesos-slave /usr/sbin no "$1"
    ln -s mesos-agent "$root/usr/sbin/mesos-slave"
    mkdir -p "$root"/etc/{mesos,mesos-master,mesos-slave,default}
    echo zk://localhost:2181/mesos >"$root/etc/mesos/zk"
    echo 1 >"$root/etc/mesos-master/quorum"
    echo /var/lib/mesos >"$root/etc/mesos-master/work_dir"
    echo /var/lib/mesos >"$root/etc/mesos-slave/work_dir"
    echo ULIMIT=\"-n 8192\" >"$root/etc/default/mesos"
    # shellcheck disable=SC2016 # read when the services start
    {
        printf 'PORT=5050\nZK=`cat /etc/mesos/zk`\n' >"$root/etc/default/mesos-master"
        printf 'MASTER=`cat /etc/mesos/zk`\n' >"$root/etc/default/mesos-slave"
    }
    conffiles mesos
    pack mesos
}

# As clusterd lays it out: another name and unit, the programs elsewhere, no settings at all, and no script of the package's.
clusterd() {
    control aventer-mesos "$1" '' "clusterd's Mesos"
    programs aventer-mesos agent mesos-agent /usr/bin yes "$1"
    pack aventer-mesos
}

marathon() {
    local root=$temp/marathon
    control marathon "$1" passwd "Marathon"
    install -D -m 0755 "$binaries/marathon" "$root/usr/share/marathon/bin/marathon"
    mkdir -p "$root/usr/bin" "$root/etc/default"
    ln -s ../share/marathon/bin/marathon "$root/usr/bin/marathon"
    install -D -m 0644 -t "$root/lib/systemd/system" "$here/marathon/marathon.service"
    echo '# MARATHON_MASTER=zk://localhost:2181/mesos' >"$root/etc/default/marathon"
    conffiles marathon
    pack marathon
}

# The index of a flat repository.
index() {
    local deb
    for deb in *.deb; do
        dpkg-deb -f "$deb"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -c 1-64)"
    done >Packages
}

mesos 1.5.3-0+lab1
mesos 1.11.0-0+lab1
clusterd 1.11.0-0.9.0+lab1
marathon 1.11.24-0+lab1
cd "$to" && index
