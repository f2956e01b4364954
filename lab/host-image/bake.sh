#!/bin/bash
# Runs in a container of the base system and turns it into a host image. Arguments: bare|services.
# /recipe is this folder, /machine holds what the machine lends (apt sources, certificates), /debs keeps downloads.
set -euo pipefail
what=$1
# shellcheck source=/dev/null
[ ! -s /recipe/proxy.env ] || . /recipe/proxy.env
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

# Nothing may start while packages are installed: an etcd that starts once has made itself a cluster of one.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d

apt_get() {
    apt-get -q -o Dir::Cache::archives=/debs -o APT::Keep-Downloaded-Packages=true -o Dpkg::Use-Pty=0 "$@"
}

install_listed() {
    local names
    mapfile -t names < <(grep -v '^#' "$1")
    apt_get install -y --no-install-recommends "${names[@]}"
}

# Certificates that the machine trusts and Debian does not ship, each in a file of its own as update-ca-certificates wants them.
lend_certificates() {
    [ -s /machine/ca.crt ] || return 0
    local one_line='/BEGIN CERT/{body="";on=1} on{body=body $0 "|"} /END CERT/{print body;on=0}'
    local count=0 line
    while IFS= read -r line; do
        count=$((count + 1))
        printf '%s' "$line" | tr '|' '\n' >"/usr/local/share/ca-certificates/machine-$count.crt"
    done < <(awk "$one_line" /machine/ca.crt | grep -vxF -f <(awk "$one_line" /etc/ssl/certs/ca-certificates.crt) || true)
    update-ca-certificates >/dev/null
    echo "certificates lent by the machine: $count"
}

bare() {
    mkdir -p /debs/partial
    if [ -d /machine/apt ]; then
        rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
        cp -r /machine/apt/. /etc/apt/
    fi
    apt_get update
    install_listed /recipe/packages-bare
    lend_certificates

    # Devices, seats, consoles and kernel file systems belong to the machine, not to a container on it.
    systemctl mask systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
        systemd-logind.service getty.target console-getty.service getty@tty1.service systemd-resolved.service \
        systemd-remount-fs.service systemd-modules-load.service systemd-binfmt.service \
        dev-hugepages.mount dev-mqueue.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
        sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount
    systemctl set-default multi-user.target
    # Package timers would install and clean while a test measures.
    systemctl disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer 2>/dev/null || true
    mkdir -p /etc/systemd/journald.conf.d
    printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=64M\n' >/etc/systemd/journald.conf.d/lab.conf

    install -m 0755 /recipe/own-hosts.sh /usr/local/sbin/lab-own-hosts
    install -m 0755 /recipe/prepare-ssh.sh /usr/local/sbin/lab-prepare-ssh
    install -m 0644 /recipe/lab-prepare-ssh.service /etc/systemd/system/lab-prepare-ssh.service
    install -m 0644 /recipe/sshd.conf /etc/ssh/sshd_config.d/lab.conf
    systemctl enable lab-prepare-ssh.service ssh.service
    passwd -l root >/dev/null

    # The wrapper stands where the package puts runc, now or when it is installed later; the package's file is kept beside it.
    if [ -e /recipe/runc-wrapper ]; then
        local place
        for place in /usr/sbin/runc /usr/bin/runc; do
            dpkg-divert --local --rename --add --divert "$place.real" "$place"
        done
        install -m 0755 /recipe/runc-wrapper /usr/sbin/runc
    fi
}

services() {
    mkdir -p /debs/partial
    apt_get update
    install_listed /recipe/packages-services
    systemctl disable docker.service docker.socket containerd.service etcd.service glusterd.service glustereventsd.service \
        chrony.service bird.service haproxy.service 2>/dev/null || true
    systemctl disable zookeeper 2>/dev/null || true
    update-rc.d zookeeper disable
    # The machine's clock is shared: chrony may measure it in a host, and never set it.
    sed -i 's/^DAEMON_OPTS="\(.*\)"$/DAEMON_OPTS="\1 -x"/' /etc/default/chrony
    # Only what this bake made: packages create these empty, and anything in them would be a service that ran.
    find /var/lib/etcd /var/lib/docker /var/lib/containerd /var/lib/glusterd/peers /var/lib/glusterd/vols -mindepth 1 -delete 2>/dev/null || true
    rm -f /var/lib/glusterd/glusterd.info
}

"$what"

# No identity in the image: every host makes its own, or is given it.
rm -f /etc/ssh/ssh_host_*
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /tmp/* /var/tmp/*
rm -f /usr/sbin/policy-rc.d
