#!/bin/bash
# Runs in a container of the bare host image: installs the real programs from packages and lays out, below /out, what an
# image of each needs and nothing else. /doubles holds the doubles' binaries.
set -euo pipefail
# shellcheck source=../../build/collect.sh
. /recipe/shared.sh
install_packages docker-registry haproxy busybox

# A shell and the everyday tools, as /bin/busybox under all their names. With its libraries: one that is linked statically looks names up by
# those of another system. (Its wget crashes whenever it is given -T.)
tools() {
    mkdir -p "$1"/{bin,etc,tmp,var/run,run}
    chmod 1777 "$1/tmp"
    take "$1" /bin/busybox
    local name
    for name in $(/bin/busybox --list); do [ -e "$1/bin/$name" ] || ln -s busybox "$1/bin/$name"; done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\nhaproxy:x:99:99::/var/lib/haproxy:/bin/false\n' >"$1/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\nhaproxy:x:99:\n' >"$1/etc/group"
    printf 'hosts: files dns\n' >"$1/etc/nsswitch.conf"
}

tools /out/busybox

tools /out/registry
take /out/registry /usr/bin/docker-registry
mkdir -p /out/registry/etc/ssl/certs /out/registry/var/lib/registry /out/registry/etc/docker/registry
cp /etc/ssl/certs/ca-certificates.crt /out/registry/etc/ssl/certs/
ln -s docker-registry /out/registry/usr/bin/registry

tools /out/marathon-lb
take /out/marathon-lb /usr/sbin/haproxy
mkdir -p /out/marathon-lb/marathon-lb /out/marathon-lb/var/lib/haproxy /out/marathon-lb/var/state/haproxy
install -m 0755 /doubles/marathon-lb /out/marathon-lb/marathon-lb/run

# A web server as it comes: it ends its requests when it is told to by SIGQUIT.
tools /out/nginx
version=$(apt-cache show --no-all-versions nginx | sed -n 's/^Version: //p')
(cd /debs && apt-get -q download nginx && dpkg-deb -x "nginx_${version/:/%3a}_$(dpkg --print-architecture).deb" /tmp/nginx)
cp /tmp/nginx/usr/sbin/nginx /usr/sbin/nginx
take /out/nginx /usr/sbin/nginx
mkdir -p /out/nginx/etc/nginx /out/nginx/var/lib/nginx /out/nginx/var/log/nginx
cat >/out/nginx/etc/nginx/nginx.conf <<'END'
daemon off;
user nobody nogroup;
worker_processes 1;
pid /run/nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
    access_log off;
    default_type text/plain;
    server {
        listen 80;
        location / { return 200 "nginx on $hostname\n"; }
    }
}
END

tools /out/mesos-master
install -D -m 0755 /doubles/mesos-master /out/mesos-master/usr/sbin/mesos-master

# An agent starts containers with Docker's client, and its executors, where they have containers of their own, by path.
tools /out/mesos-slave
version=$(apt-cache show --no-all-versions docker.io | sed -n 's/^Version: //p')
(cd /debs && apt-get -q download docker.io && dpkg-deb -x "docker.io_${version/:/%3a}_$(dpkg --print-architecture).deb" /tmp/docker)
cp /tmp/docker/usr/bin/docker /usr/bin/docker
take /out/mesos-slave /usr/bin/docker
install -D -m 0755 /doubles/mesos-agent /out/mesos-slave/usr/sbin/mesos-agent
ln -s mesos-agent /out/mesos-slave/usr/sbin/mesos-slave
mkdir -p /out/mesos-slave/usr/libexec/mesos
ln -s ../../sbin/mesos-agent /out/mesos-slave/usr/libexec/mesos/mesos-docker-executor

tools /out/marathon
install -D -m 0755 /doubles/marathon /out/marathon/marathon/bin/marathon
