import { moved, stopped, type Damages } from "../lib/damage";

const calicoctl = (command: string) => `calicoctl ${command} --allow-version-mismatch`;
/** What any node can see is told of the two that are asked. */
const datastore = { on: "master1" };
const plugin = (command: string, id: string, network = "calico") =>
    `CNI_COMMAND=${command} CNI_CONTAINERID=${id} CNI_NETNS=/var/run/netns/${id} CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/calico </etc/mesos/cni/${network}.conf >/dev/null 2>&1`;
/** More addresses than nine tenths of the small pool's. */
const used = [...Array(32).keys()].map((n) => `u${n}`).join(" ");

export const damages: Damages = () => ({
    "calico-node runs, and starts with the host": { harm: "systemctl disable calico-node", mend: "systemctl enable calico-node" },
    "calico-tunnel runs, and starts with the host": stopped("calico-tunnel"),
    "calico-bird runs, and starts with the host": stopped("calico-bird"),
    "configuration files as described": moved("/etc/calico/calico.env", "echo X=1 >> /etc/calico/calico.env"),
    "programs as described": {
        harm: "mv -T /usr/local/bin/calicoctl /root/calicoctl && ln -s /bin/true /usr/local/bin/calicoctl",
        mend: "mv -fT /root/calicoctl /usr/local/bin/calicoctl",
    },
    "Felix is ready": { harm: "systemctl stop calico-node", mend: "systemctl start calico-node; sleep 5" },
    "calls itself by the node's name": moved("/var/lib/calico/nodename", "echo other > /var/lib/calico/nodename"),
    "links to containers: MACs and proxy ARP as Calico set them": {
        harm: `ip netns add mac; ${plugin("ADD", "mac")}; ip link set calimac address 5a:11:22:33:44:55`,
        mend: `${plugin("DEL", "mac")}; ip netns delete mac`,
    },
    "VXLAN to every other node": {
        harm: "bridge fdb show dev vxlan.calico | while read -r mac dst ip rest; do bridge fdb del $mac dev vxlan.calico dst $ip; done",
        mend: "systemctl restart calico-node; sleep 5",
    },
    "BGP to every other node": { harm: "birdc -s /run/calico-bird.ctl disable node_agent1", mend: "birdc -s /run/calico-bird.ctl enable node_agent1; sleep 8" },
    "nodes as described": {
        ...datastore,
        harm: `echo '{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"ghost"}}' | ${calicoctl("apply -f -")}`,
        mend: calicoctl("delete node ghost"),
    },
    "bgpconfiguration as described": {
        ...datastore,
        harm: calicoctl(`patch bgpconfiguration default -p '{"spec":{"asNumber":64999}}'`),
        mend: calicoctl(`patch bgpconfiguration default -p '{"spec":{"asNumber":64512}}'`),
    },
    "ippool as described": {
        ...datastore,
        harm: calicoctl(`patch ippool apps -p '{"spec":{"natOutgoing":false}}'`),
        mend: calicoctl(`patch ippool apps -p '{"spec":{"natOutgoing":true}}'`),
    },
    "profile as described": {
        ...datastore,
        harm: `${calicoctl("get profile calico -o json")} >/root/profile.json && ${calicoctl("delete profile calico")}`,
        mend: `jq 'del(.metadata.resourceVersion, .metadata.uid)' /root/profile.json | ${calicoctl("apply -f -")}`,
    },
    "globalnetworkpolicy as described": {
        ...datastore,
        harm: calicoctl(`patch globalnetworkpolicy web -p '{"spec":{"selector":"all()"}}'`),
        mend: calicoctl(`patch globalnetworkpolicy web -p '{"spec":{"selector":"role == '"'web'"'"}}'`),
    },
    "pools have addresses left": {
        ...datastore,
        harm: `for id in ${used}; do ip netns add $id; ${plugin("ADD", "$id", "small")}; done; true`,
        mend: `for id in ${used}; do ${plugin("DEL", "$id", "small")}; ip netns delete $id; done`,
    },
    "no address is leaked": {
        ...datastore,
        harm: `ip netns add leak; ${plugin("ADD", "leak")}; ip netns delete leak; ${calicoctl("delete workloadendpoint master1-cni-leak-eth0")}`,
        mend: plugin("DEL", "leak"),
    },
});
