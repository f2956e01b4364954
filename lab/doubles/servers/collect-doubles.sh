#!/bin/bash
# Runs in a container of the bare host image: the doubles of Mesos' masters, agents and Marathon, laid out in /out as the
# published images are. /doubles holds the binaries.
set -euo pipefail
# shellcheck source=../../build/collect.sh
. /recipe/shared.sh
# shellcheck source=userland.sh
. /recipe/userland.sh
install_packages busybox-static

server mesos-master
install -D -m 0755 /doubles/mesos-master /out/mesos-master/usr/sbin/mesos-master

# An agent starts containers with Docker's client, and its executors, where they have containers of their own, by path. It
# runs plain commands too, which find there what a server has.
server mesos-slave
version=$(apt-cache show --no-all-versions docker.io | sed -n 's/^Version: //p')
(cd /debs && apt-get -q download docker.io && dpkg-deb -x "docker.io_${version/:/%3a}_$(dpkg --print-architecture).deb" /tmp/docker)
cp /tmp/docker/usr/bin/docker /usr/bin/docker
bring /out/mesos-slave /usr/bin/docker
install -D -m 0755 /doubles/mesos-agent /out/mesos-slave/usr/sbin/mesos-agent
ln -s mesos-agent /out/mesos-slave/usr/sbin/mesos-slave
mkdir -p /out/mesos-slave/usr/libexec/mesos
ln -s ../../sbin/mesos-agent /out/mesos-slave/usr/libexec/mesos/mesos-docker-executor
install /bin/busybox /out/mesos-slave/usr/bin/busybox
for name in $(busybox --list); do
    [ -e "/out/mesos-slave/usr/bin/$name" ] || [ -e "/out/mesos-slave/usr/sbin/$name" ] || ln -s busybox "/out/mesos-slave/usr/bin/$name"
done

server marathon
install -D -m 0755 /doubles/marathon /out/marathon/marathon/bin/marathon

packed mesos-master mesos-slave marathon
