#!/bin/bash
# Runs in a container of the bare host image and lays out, below /out, the files of calico/node, calico/cni and calico/ctl.
# /programs holds Calico's programs, /calico-source the folder `node/filesystem` of its source, /recipe this folder.
set -euo pipefail
# shellcheck source=../../build/collect.sh
. /recipe/shared.sh
install_packages busybox-static ipset conntrack runit

node=/out/calico-node
mkdir -p "$node"/{usr/bin,usr/sbin,usr/lib,usr/lib64,etc,tmp,run,var/log,var/lib/calico,proc,sys,dev}
ln -s ../run "$node/var/run"
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$node/$folder"; done
chmod 1777 "$node/tmp"
install /bin/busybox "$node/usr/bin/busybox"
take "$node" /usr/bin/bash /usr/sbin/xtables-{nft,legacy}-multi /usr/sbin/ipset /usr/sbin/conntrack \
    /usr/bin/{runsvdir,runsv,sv,svlogd,chpst} /usr/bin/ip /usr/bin/kmod
for name in iptables ip6tables; do
    for kind in nft legacy; do
        for verb in "" -save -restore; do ln -s "xtables-$kind-multi" "$node/usr/sbin/$name-$kind$verb"; done
    done
    for verb in "" -save -restore; do ln -s "$name-nft$verb" "$node/usr/sbin/$name$verb"; done
done
ln -s ../bin/ip "$node/usr/sbin/ip"
for name in modprobe lsmod; do ln -s ../bin/kmod "$node/usr/sbin/$name"; done
# Extensions of iptables are loaded by name.
folder=$(dirname "$(find /usr/lib -name libxt_set.so -print -quit)")
mkdir -p "$node$folder"
cp -a "$folder/." "$node$folder/"
# Not busybox's: its shell takes its own ip and modprobe before those of PATH.
ln -s bash "$node/usr/bin/sh"
for name in $(/bin/busybox --list); do [ -e "$node/usr/bin/$name" ] || [ -e "$node/usr/sbin/$name" ] || ln -s busybox "$node/usr/bin/$name"; done
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$node/etc/passwd"
printf 'root:x:0:\n' >"$node/etc/group"
# As Calico's image is laid out, from its source: the services of runit, and what starts them.
cp -r /calico-source/etc/. "$node/etc/"
mkdir -p "$node/usr/libexec/calico"
cp /calico-source/sbin/start_runit "$node/usr/libexec/calico/"
chmod -R u+w,a+rX "$node/etc"
find "$node/etc/service" -name run -exec chmod 755 {} +
chmod 755 "$node/etc/rc.local" "$node/usr/libexec/calico/start_runit"
install /recipe/start_runit "$node/usr/sbin/start_runit"
install /programs/calico-node "$node/usr/bin/calico-node"

install -D /programs/calico /out/calico-cni/opt/cni/bin/calico
ln -s calico /out/calico-cni/opt/cni/bin/calico-ipam
# Images of Calico 3.28 have it in /usr/bin, earlier ones in /.
install -D /programs/calicoctl /out/calico-ctl/usr/bin/calicoctl
ln -s usr/bin/calicoctl /out/calico-ctl/calicoctl
