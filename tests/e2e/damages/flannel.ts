import { moved, stopped, type Damages } from "../lib/damage";

const unit = "/etc/systemd/system/datacentre-flanneld.service";
const at = "/coreos.com/network";
const own = `$(sed -n 's:^FLANNEL_SUBNET=\\(.*\\)\\.1/:\\1.0/:p' /run/flannel/subnet.env)`;

/** flannel's rows; its member of etcd is master1. */
export const damages: Damages = (net) => {
    const etcdctl = `ETCDCTL_API=3 etcdctl --endpoints=http://${net}.1:2379`;
    return {
        "service runs, and starts with the host": stopped("datacentre-flanneld"),
        "guard runs, and starts with the host": stopped("datacentre-flannel-guard"),
        "configuration files as described": moved(unit, `echo '# by hand' >>${unit}`),
        "network in etcd as described": {
            on: "master1",
            // As a package's own prefix would leave it.
            harm: `${etcdctl} get --print-value-only ${at}/config >/root/whole && ${etcdctl} del ${at}/config`,
            mend: `${etcdctl} put ${at}/config "$(cat /root/whole)"`,
        },
        "has a subnet of the network": moved("/run/flannel/subnet.env", "sed -i 's/^FLANNEL_SUBNET=.*/FLANNEL_SUBNET=10.99.9.1\\/24/' /run/flannel/subnet.env"),
        "Docker's bridge is on the subnet": { harm: "ip address add 10.99.9.1/24 dev docker0", mend: "ip address delete 10.99.9.1/24 dev docker0" },
        "flannel masquerades, and Docker does not": {
            harm: `iptables -t nat -A POSTROUTING -s ${own} ! -o docker0 -j MASQUERADE`,
            mend: `iptables -t nat -D POSTROUTING -s ${own} ! -o docker0 -j MASQUERADE`,
        },
        "forwards containers' packets": { harm: "echo 0 >/proc/sys/net/ipv4/ip_forward", mend: "echo 1 >/proc/sys/net/ipv4/ip_forward" },
        "every host has a subnet of its own": {
            on: "master1",
            harm: `${etcdctl} put ${at}/subnets/10.0.250.0-24 '{"PublicIP":"${net}.88","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:88"}}'`,
            mend: `${etcdctl} del ${at}/subnets/10.0.250.0-24`,
        },
        "every host has routes to the others' subnets": {
            // The guard would mend it.
            harm: "systemctl stop datacentre-flannel-guard; ip -4 route show dev flannel.1 | grep via | head -n 1 >/root/route && ip route delete $(cut -d' ' -f1 /root/route)",
            mend: "ip route add $(cat /root/route) dev flannel.1; systemctl start datacentre-flannel-guard",
        },
    };
};
