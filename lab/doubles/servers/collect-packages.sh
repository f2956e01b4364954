#!/bin/bash
# Runs in a container of the bare host image: ZooKeeper and HAProxy from Debian's packages, laid out in /out as their
# published images are, and busybox.
set -euo pipefail
# shellcheck source=../../build/collect.sh
. /recipe/shared.sh
# shellcheck source=userland.sh
. /recipe/userland.sh
install_packages libzookeeper-java openjdk-17-jre-headless gosu dumb-init haproxy busybox

# expect PACKAGE VERSION: as the image's tag will say
expect() {
    local version
    version=$(dpkg-query -W -f '${Version}' "$1")
    [[ $version == "$2"[.-]* ]] || { echo "error: $1 is of version $version, and the image is named for $2" >&2; exit 1; }
}
expect libzookeeper-java 3.8.0
expect haproxy 2.6

# jars NAME...: with those that their manifests name
declare -A taken=()
jars() {
    local jar needed
    for jar in "$@"; do
        jar=/usr/share/java/${jar##*/}
        if [ -n "${taken[$jar]:-}" ] || [ ! -e "$jar" ]; then continue; fi
        taken[$jar]=yes
        install -D -m 0644 "$jar" "/out/zookeeper$jar"
        read -r -a needed < <(busybox unzip -p "$jar" META-INF/MANIFEST.MF 2>/dev/null | tr -d '\r' | sed ':a;N;$!ba;s/\n //g' |
            sed -n 's/^Class-Path: //p') || true
        [ "${#needed[@]}" -eq 0 ] || jars "${needed[@]}"
    done
}

# A Java without windows, sound and documents.
java() {
    local root=$1 home files
    home=$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")
    mkdir -p "$root$home" "$root/etc"
    tar -C "$home" --exclude=./legal --exclude=./man --exclude=./docs --exclude=./lib/ct.sym --exclude='*_nocoops.jsa' \
        --exclude='lib*awt*' --exclude='libatk*' --exclude='libfont*' --exclude='libsplash*' --exclude='libjsound*' --exclude='liblcms*' \
        --exclude='libmlib*' --exclude='libjavajpeg*' -c . | tar -x -C "$root$home"
    cp -a /etc/java-17-openjdk "$root/etc/"
    mapfile -t files < <(find "$root$home" -type f \( -name '*.so' -o -path '*/bin/*' \) | sed "s|^$root||")
    bring "$root" "${files[@]}"
    ln -sfn "$home" "$root/usr/lib/jvm/default-java"
    ln -s ../lib/jvm/default-java/bin/java "$root/usr/bin/java"
}

server zookeeper
root=/out/zookeeper home=/apache-zookeeper-3.8.0-bin
user "$root" zookeeper 1000 /home/zookeeper
bring "$root" /usr/bin/dumb-init /usr/sbin/gosu
java "$root"
# Besides what ZooKeeper names: its log, and the servlets of its page on port 8080, which Debian leaves to the caller.
jars zookeeper.jar slf4j-log4j12.jar log4j-1.2.jar servlet-api.jar jetty9-util-ajax.jar
version=$(apt-cache show --no-all-versions zookeeper | sed -n 's/^Version: //p')
(cd /debs && apt-get -q download zookeeper && dpkg-deb -x "zookeeper_${version/:/%3a}_all.deb" /tmp/zookeeper)
install -D -m 0755 -t "$root$home/bin" /tmp/zookeeper/usr/share/zookeeper/bin/{zkServer,zkCli,zkCleanup}.sh
install -m 0755 /recipe/zookeeper-env.sh "$root$home/bin/zkEnv.sh"
install -m 0755 /recipe/zookeeper-entrypoint.sh "$root/docker-entrypoint.sh"
for file in conf data datalog logs; do install -d -o 1000 -g 1000 "$root/$file"; done
chown -R 1000:1000 "$root$home"
cat >"$root/conf/log4j.properties" <<'END'
log4j.rootLogger=INFO, CONSOLE
log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender
log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout
log4j.appender.CONSOLE.layout.ConversionPattern=%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n
END

server haproxy
root=/out/haproxy
user "$root" haproxy 99 /var/lib/haproxy
bring "$root" /usr/sbin/haproxy
mkdir -p "$root"/usr/local/{bin,sbin,etc/haproxy}
ln -s /usr/sbin/haproxy "$root/usr/local/sbin/haproxy"
cp -a /etc/haproxy/errors "$root/usr/local/etc/haproxy/errors"
install -d -o 99 -g 99 "$root/var/lib/haproxy"
install -m 0755 /recipe/haproxy-entrypoint.sh "$root/usr/local/bin/docker-entrypoint.sh"

mkdir -p /out/busybox/{bin,etc,tmp,root}
chmod 1777 /out/busybox/tmp
bring /out/busybox /bin/busybox
for name in $(busybox --list); do [ -e "/out/busybox/bin/$name" ] || ln -s busybox "/out/busybox/bin/$name"; done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n' >/out/busybox/etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' >/out/busybox/etc/group

packed zookeeper haproxy busybox
